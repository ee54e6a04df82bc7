import type { RecordPlace } from '../../model/record-change.ts';
import { decimalText } from './decimal-text.ts';
import { enforceLocationConsent, UNKNOWN_PLACE } from './enforce-location-consent.ts';
import { type ReadContext, reportFault } from './read-context.ts';
import { faultOf, isJsonObject, type RecordFault } from './record-fault.ts';
import { pathOf, valueAt } from './record-path.ts';

export type PlaceReader = (record: unknown, context: ReadContext) => RecordPlace;

/** Degrees each way. */
const LAT_MAX = 90;
const LNG_MAX = 180;

/** Of `{lat, lng, allowPrecise}`. What is not there is not known; consent that is not there was not given. */
export function placeReader(dotted: string): PlaceReader {
  const path = pathOf(dotted);
  return (record, context) => {
    const value = valueAt(record, path);
    if (value === undefined || value === null) return UNKNOWN_PLACE;
    if (!isJsonObject(value)) {
      reportFault(context, dotted, faultOf('ErrInvalidFieldType', 'an object', value));
      return UNKNOWN_PLACE;
    }
    const lat = degreesOf(value['lat'], LAT_MAX);
    const lng = degreesOf(value['lng'], LNG_MAX);
    const allowPrecise = value['allowPrecise'] ?? false;
    if (typeof lat !== 'number') reportFault(context, `${dotted}.lat`, lat);
    else if (typeof lng !== 'number') reportFault(context, `${dotted}.lng`, lng);
    else if (typeof allowPrecise === 'boolean') {
      return enforceLocationConsent({ lat, lng }, allowPrecise, context.key, context.jitterSecret);
    } else {
      const wrong = faultOf('ErrInvalidFieldType', 'a boolean', allowPrecise);
      reportFault(context, `${dotted}.allowPrecise`, wrong);
    }
    return UNKNOWN_PLACE;
  };
}

function degreesOf(value: unknown, max: number): number | RecordFault {
  if (value === undefined) return faultOf('ErrMissingField', 'degrees', value);
  const text = decimalText(value);
  const degrees = Number(text);
  if (text !== null && Math.abs(degrees) <= max) return degrees;
  if (typeof value !== 'string' && typeof value !== 'number') {
    return faultOf('ErrInvalidFieldType', 'degrees as a decimal', value);
  }
  const expected = `a decimal from -${max} to ${max}`;
  return { reason: 'ErrInvalidFieldValue', path: '', expected, received: 'another' };
}
