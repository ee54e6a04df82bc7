import type { KeyObject } from 'node:crypto';
import type { GeoPoint, RecordKey, RecordPlace } from '../../model/record-change.ts';
import { encodeGeohash, geohashCell } from './geohash.ts';
import { jitterInsideCell } from './jitter.ts';

/** About 1.2 km by 0.6 km. */
const COARSE_PRECISION = 6;

export const UNKNOWN_PLACE: RecordPlace = Object.freeze({
  allowPrecise: false,
  precisePoint: null,
  coarseGeohash: null,
  displayPoint: null,
});

/** What may be kept of a point: without consent, its coarse cell and a place inside that is not the point's own. */
export function enforceLocationConsent(
  point: GeoPoint,
  allowPrecise: boolean,
  key: RecordKey,
  jitterSecret: KeyObject,
): RecordPlace {
  const coarseGeohash = encodeGeohash(point, COARSE_PRECISION);
  if (allowPrecise)
    return { allowPrecise, precisePoint: point, coarseGeohash, displayPoint: point };
  const cell = geohashCell(coarseGeohash);
  const displayPoint = cell === null ? null : jitterInsideCell(jitterSecret, key, cell);
  return { allowPrecise, precisePoint: null, coarseGeohash, displayPoint };
}
