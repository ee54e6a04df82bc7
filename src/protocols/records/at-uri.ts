import { isValidAtUri } from '@atproto/syntax';
import { isDid, isNsid, isRecordKey } from '../../decode/atproto/identifier-syntax.ts';

const SCHEME = 'at://';

/** Syntax only. */
export function isAtUri(text: string): boolean {
  return isRecordUri(text) || isValidAtUri(text);
}

/** `at://DID/NSID/record key`: nearly all that records hold, and told without an expression. */
function isRecordUri(text: string): boolean {
  if (!text.startsWith(SCHEME)) return false;
  const collection = text.indexOf('/', SCHEME.length) + 1;
  const rkey = text.indexOf('/', collection) + 1;
  return (
    collection > 0 &&
    rkey > 0 &&
    isRecordKey(text.slice(rkey)) &&
    isNsid(text.slice(collection, rkey - 1)) &&
    isDid(text.slice(SCHEME.length, collection - 1))
  );
}
