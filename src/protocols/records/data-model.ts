import { faultOf, isJsonObject, type RecordFault } from './record-fault.ts';
import { isCid } from './string-formats.ts';

/** Standard alphabet; the padding may be missing. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * What the names that begin with `$` mean anywhere in a record, whatever a lexicon says: links and bytes are alone in
 * their objects, blobs are whole, and types are named. Source: the AT Protocol's data model.
 */
export function dataModelFault(object: Readonly<Record<string, unknown>>): RecordFault | null {
  return linkFault(object) ?? bytesFault(object) ?? typeFault(object);
}

export function isBase64(text: string): boolean {
  return BASE64.test(text);
}

function linkFault(object: Readonly<Record<string, unknown>>): RecordFault | null {
  const link = object['$link'];
  if (link === undefined) return null;
  if (typeof link !== 'string') return faultOf('ErrInvalidFieldType', 'a CID as $link', link);
  if (!isCid(link)) return wrongValue('a CID as $link', 'another text');
  return isAlone(object) ? null : wrongValue('a $link alone', 'other fields beside it');
}

function bytesFault(object: Readonly<Record<string, unknown>>): RecordFault | null {
  const bytes = object['$bytes'];
  if (bytes === undefined) return null;
  if (typeof bytes !== 'string') return faultOf('ErrInvalidFieldType', 'base64 as $bytes', bytes);
  if (!isBase64(bytes)) return wrongValue('base64 as $bytes', 'another text');
  return isAlone(object) ? null : wrongValue('$bytes alone', 'other fields beside it');
}

function typeFault(object: Readonly<Record<string, unknown>>): RecordFault | null {
  const type = object['$type'];
  if (type === undefined) return null;
  if (typeof type !== 'string') return faultOf('ErrInvalidFieldType', 'a text as $type', type);
  if (type === '') return wrongValue('the name of a type as $type', 'an empty text');
  return type === 'blob' ? blobFault(object) : null;
}

/** What its reference is, is checked when that object is come to. */
function blobFault({ ref, mimeType, size }: Readonly<Record<string, unknown>>): RecordFault | null {
  if (!isJsonObject(ref) || ref['$link'] === undefined) {
    return faultOf('ErrInvalidFieldType', 'a link as ref of a blob', ref);
  }
  if (typeof mimeType !== 'string' || mimeType === '') {
    return faultOf('ErrInvalidFieldType', 'a text as mimeType of a blob', mimeType);
  }
  if (Number.isSafeInteger(size) && Number(size) >= 0) return null;
  return faultOf('ErrInvalidFieldType', 'bytes as size of a blob', size);
}

function isAlone(object: object): boolean {
  return Object.keys(object).length === 1;
}

function wrongValue(expected: string, received: string): RecordFault {
  return { reason: 'ErrInvalidFieldValue', path: '', expected, received };
}
