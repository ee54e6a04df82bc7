import { isBase64 } from './data-model.ts';
import type { LexiconBlob, LexiconBytes, LexiconInteger } from './lexicon-schema.ts';
import { type Check, faultOf, isJsonObject, type RecordFault } from './record-fault.ts';
import { isCid } from './string-formats.ts';

export function integerCheck(type: LexiconInteger): Check {
  const { minimum = -Infinity, maximum = Infinity } = type;
  const values = type.const === undefined ? type.enum : [type.const];
  return (value) => {
    if (!Number.isSafeInteger(value)) return faultOf('ErrInvalidFieldType', 'an integer', value);
    const number = Number(value);
    if (number < minimum || number > maximum) {
      return valueFault(`${minimum} to ${maximum}`, 'another number');
    }
    if (values === undefined || values.includes(number)) return null;
    return valueFault(`one of ${values.join(', ')}`, 'another number');
  };
}

export function booleanCheck(expected: boolean | undefined): Check {
  return (value) => {
    if (typeof value !== 'boolean') return faultOf('ErrInvalidFieldType', 'a boolean', value);
    return expected === undefined || expected === value
      ? null
      : valueFault(`${expected}`, `${!expected}`);
  };
}

/** `{"$bytes": base64}`. */
export function bytesCheck({ minLength = 0, maxLength = Infinity }: LexiconBytes): Check {
  return (value) => {
    const text = isJsonObject(value) ? value['$bytes'] : undefined;
    if (typeof text !== 'string' || !isBase64(text)) {
      return faultOf('ErrInvalidFieldType', 'bytes', value);
    }
    const length = Buffer.byteLength(text, 'base64');
    return length >= minLength && length <= maxLength
      ? null
      : valueFault(`${minLength} to ${maxLength} bytes`, 'another length');
  };
}

/** `{"$link": CID}`. */
export function linkCheck(value: unknown): RecordFault | null {
  const link = isJsonObject(value) ? value['$link'] : undefined;
  if (typeof link !== 'string') return faultOf('ErrInvalidFieldType', 'a link', value);
  return isCid(link) ? null : valueFault('a link to a CID', 'another link');
}

/** `{"$type": "blob", ref, mimeType, size}`, or the older `{cid, mimeType}`, which says nothing of its size. */
export function blobCheck({ accept, maxSize = Infinity }: LexiconBlob): Check {
  return (value) => {
    if (!isJsonObject(value)) return faultOf('ErrInvalidFieldType', 'a blob', value);
    const { mimeType } = value;
    const typed = value['$type'] === 'blob';
    const older = value['$type'] === undefined && typeof value['cid'] === 'string';
    if (typeof mimeType !== 'string' || mimeType === '' || !(typed || older)) {
      return faultOf('ErrInvalidFieldType', 'a blob', value);
    }
    const size = typed ? value['size'] : 0;
    if (!Number.isSafeInteger(size) || Number(size) < 0) {
      return faultOf('ErrInvalidFieldType', 'a blob with its size in bytes', value);
    }
    if (Number(size) > maxSize) return valueFault(`a blob of at most ${maxSize} bytes`, 'a larger');
    if (accept !== undefined && !accept.some((pattern) => isAccepted(mimeType, pattern))) {
      return valueFault(`a blob of type ${accept.join(' or ')}`, 'another type');
    }
    return typed ? linkCheck(value['ref']) : null;
  };
}

function isAccepted(mimeType: string, pattern: string): boolean {
  if (pattern === '*/*') return true;
  return pattern.endsWith('/*') ? mimeType.startsWith(pattern.slice(0, -1)) : mimeType === pattern;
}

/** Any object that is not one of the data model's own kinds. */
export function unknownCheck(value: unknown): RecordFault | null {
  const special =
    !isJsonObject(value) ||
    value['$bytes'] !== undefined ||
    value['$link'] !== undefined ||
    value['$type'] === 'blob';
  return special ? faultOf('ErrInvalidFieldType', 'an object', value) : null;
}

export function nullCheck(value: unknown): RecordFault | null {
  return value === null ? null : faultOf('ErrInvalidFieldType', 'null', value);
}

export function tokenCheck(name: string): Check {
  return (value) => {
    if (typeof value !== 'string') return faultOf('ErrInvalidFieldType', 'a string', value);
    return value === name ? null : valueFault(`the token ${name}`, 'another string');
  };
}

function valueFault(expected: string, received: string): RecordFault {
  return { reason: 'ErrInvalidFieldValue', path: '', expected, received };
}
