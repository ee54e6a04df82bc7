import type { LexiconString } from './lexicon-schema.ts';
import { type Check, faultOf } from './record-fault.ts';
import { stringFormats } from './string-formats.ts';

const UTF8_BYTES_OF_UNIT_MAX = 3;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function stringCheck(type: LexiconString): Check {
  const rules = [valuesRule(type), lengthRule(type), formatRule(type)].filter(
    (rule) => rule !== null,
  );
  return (value) => {
    if (typeof value !== 'string') return faultOf('ErrInvalidFieldType', 'a string', value);
    for (const rule of rules) {
      const fault = rule(value);
      if (fault !== null) return fault;
    }
    return null;
  };
}

type StringRule = (text: string) => ReturnType<Check>;

function lengthRule(type: LexiconString): StringRule | null {
  const { minLength = 0, maxLength = Infinity, minGraphemes = 0, maxGraphemes = Infinity } = type;
  const unbounded = maxLength === Infinity && maxGraphemes === Infinity;
  if (unbounded && minLength === 0 && minGraphemes === 0) return null;
  const expected = [
    boundsText('bytes', type.minLength, type.maxLength),
    boundsText('characters', type.minGraphemes, type.maxGraphemes),
  ]
    .filter((text) => text !== '')
    .join(' and ');
  return (text) =>
    bytesWithin(text, minLength, maxLength) && graphemesWithin(text, minGraphemes, maxGraphemes)
      ? null
      : { reason: 'ErrInvalidFieldValue', path: '', expected, received: 'another length' };
}

function boundsText(unit: string, min = 0, max = Infinity): string {
  if (max === Infinity) return min === 0 ? '' : `at least ${min} ${unit}`;
  return min === 0 ? `at most ${max} ${unit}` : `${min} to ${max} ${unit}`;
}

function bytesWithin(text: string, min: number, max: number): boolean {
  if (text.length >= min && text.length * UTF8_BYTES_OF_UNIT_MAX <= max) return true;
  if (text.length > max) return false;
  const bytes = Buffer.byteLength(text);
  return bytes >= min && bytes <= max;
}

/** Counts no further than it has to: a text may be long. */
function graphemesWithin(text: string, min: number, max: number): boolean {
  if (text.length < min) return false;
  if (min === 0 && text.length <= max) return true;
  let count = 0;
  for (const _ of graphemes.segment(text)) {
    count += 1;
    if (count > max) return false;
    if (count >= min && max === Infinity) return true;
  }
  return count >= min;
}

function valuesRule(type: LexiconString): StringRule | null {
  const values = type.const === undefined ? type.enum : [type.const];
  if (values === undefined) return null;
  const allowed = new Set(values);
  const expected = `one of ${values.join(', ')}`;
  return (text) =>
    allowed.has(text)
      ? null
      : { reason: 'ErrInvalidFieldValue', path: '', expected, received: 'another string' };
}

function formatRule(type: LexiconString): StringRule | null {
  if (type.format === undefined) return null;
  const isValid = stringFormats[type.format];
  const reason = type.format === 'datetime' ? 'ErrInvalidTimestamp' : 'ErrInvalidFieldValue';
  const expected = `a string of format ${type.format}`;
  return (text) =>
    isValid(text) ? null : { reason, path: '', expected, received: 'another string' };
}
