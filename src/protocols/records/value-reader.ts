import type { ColumnType, ColumnValue } from '../../model/record-table.ts';
import { decimalText } from './decimal-text.ts';
import { isoTimeOf, isoTimeOfUs } from './iso-time.ts';
import type { ReadContext } from './read-context.ts';
import { reportFault } from './read-context.ts';
import { faultOf, isJsonObject, type RecordFault } from './record-fault.ts';

/** Default that stands for the time of the event. */
export const TIME_OF_EVENT = '$time';

export interface ValueRule {
  readonly type: ColumnType;
  readonly required: boolean;
  readonly default?: unknown;
  readonly values?: readonly string[] | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly lengthMax?: number | undefined;
  readonly pattern?: string | undefined;
  readonly fields?: Readonly<Record<string, ValueRule>> | undefined;
}

/** Takes a value of the record, undefined where there is none; null when it reports a fault. */
export type ValueReader = (value: unknown, context: ReadContext) => ColumnValue;

/** Gives the value as it is stored, or what is wrong with it. */
type Conversion = (value: unknown, context: ReadContext) => Converted;
type Converted = { readonly value: ColumnValue } | { readonly fault: RecordFault };

export function valueReader(path: string, rule: ValueRule): ValueReader {
  const convert = conversionOf(path, rule);
  const fallback = fallbackOf(rule);
  return (value, context) => {
    if (value === undefined || value === null) {
      if (fallback !== undefined) return fallback === TIME ? timeOf(context) : fallback;
      if (!rule.required) return null;
      return reportFault(context, path, faultOf('ErrMissingRequiredField', 'a value', value));
    }
    const converted = convert(value, context);
    return 'fault' in converted ? reportFault(context, path, converted.fault) : converted.value;
  };
}

const TIME = Symbol('time of the event');

function fallbackOf(rule: ValueRule): ColumnValue | typeof TIME | undefined {
  const { type, default: value } = rule;
  if (value === undefined || value === null) return undefined;
  if (type === 'timestamp') return value === TIME_OF_EVENT ? TIME : isoTimeOf(`${value}`);
  if (type === 'decimal') return decimalText(value);
  if (typeof value === 'object') return Object.freeze(value);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : undefined;
}

function timeOf(context: ReadContext): string | null {
  return isoTimeOfUs(context.timeUs);
}

function conversionOf(path: string, rule: ValueRule): Conversion {
  switch (rule.type) {
    case 'text':
      return textConversion(rule);
    case 'integer':
      return (value) =>
        Number.isSafeInteger(value) ? bounded(rule, Number(value)) : wrongType('an integer', value);
    case 'decimal':
      return (value) => decimalConversion(rule, value);
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? { value } : wrongType('a boolean', value));
    case 'timestamp':
      return timestampConversion;
    case 'texts':
      return (value) => (isTexts(value) ? { value } : wrongType('a list of strings', value));
    case 'json':
      return jsonConversion(path, rule);
  }
}

function textConversion(rule: ValueRule): Conversion {
  const { lengthMax = Infinity, required } = rule;
  const values = rule.values === undefined ? null : new Set(rule.values);
  const pattern = rule.pattern === undefined ? null : new RegExp(rule.pattern, 'u');
  return (value) => {
    if (typeof value !== 'string') return wrongType('a string', value);
    if (required && value === '') {
      return { fault: fault('ErrMissingRequiredField', 'a text', 'an empty one') };
    }
    if (isLonger(value, lengthMax)) return refused(`at most ${lengthMax} characters`, 'more');
    if (values !== null && !values.has(value)) {
      return refused(`one of ${[...values].join(', ')}`, 'another string');
    }
    if (pattern !== null && !pattern.test(value)) {
      return refused(`a string like ${pattern.source}`, 'another string');
    }
    return { value };
  };
}

/** In code points, as databases count characters. */
function isLonger(text: string, max: number): boolean {
  if (text.length <= max) return false;
  if (text.length > max * 2) return true;
  let count = 0;
  for (const _ of text) count += 1;
  return count > max;
}

function decimalConversion(rule: ValueRule, value: unknown): Converted {
  const text = decimalText(value);
  if (text === null) {
    return typeof value === 'string'
      ? refused('a decimal', 'another string')
      : wrongType('a decimal', value);
  }
  const fitting = bounded(rule, Number(text));
  return 'fault' in fitting ? fitting : { value: text };
}

function bounded({ min = -Infinity, max = Infinity }: ValueRule, value: number): Converted {
  return value >= min && value <= max ? { value } : refused(`${min} to ${max}`, 'another number');
}

function timestampConversion(value: unknown): Converted {
  if (typeof value !== 'string') return wrongType('a string', value);
  const time = isoTimeOf(value);
  if (time !== null) return { value: time };
  return { fault: fault('ErrInvalidTimestamp', 'an RFC 3339 time', 'another string') };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function jsonConversion(path: string, rule: ValueRule): Conversion {
  if (rule.fields === undefined) return (value) => ({ value: value ?? null });
  const readers = Object.entries(rule.fields).map(([name, field]) => ({
    name,
    read: valueReader(`${path}.${name}`, field),
  }));
  const shaped = (value: unknown, context: ReadContext): ColumnValue => {
    if (!isJsonObject(value)) {
      return reportFault(context, path, faultOf('ErrInvalidFieldType', 'an object', value));
    }
    const kept: Record<string, ColumnValue> = {};
    for (const { name, read } of readers) kept[name] = read(value[name], context);
    return kept;
  };
  return (value, context) => ({
    value: Array.isArray(value)
      ? value.map((entry: unknown) => shaped(entry, context))
      : shaped(value, context),
  });
}

function wrongType(expected: string, value: unknown): Converted {
  return { fault: faultOf('ErrInvalidFieldType', expected, value) };
}

function refused(expected: string, received: string): Converted {
  return { fault: fault('ErrInvalidFieldValue', expected, received) };
}

function fault(reason: RecordFault['reason'], expected: string, received: string): RecordFault {
  return { reason, path: '', expected, received };
}
