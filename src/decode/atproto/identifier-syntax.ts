/**
 * Syntax of AT Protocol's identifiers (atproto.com/specs/did, nsid, record-key, tid), checked character by character:
 * they come with every event, and each is bounded before it is read.
 */

const DID_CHARACTERS_MAX = 2048;
const NSID_CHARACTERS_MAX = 317;
const NSID_SEGMENT_CHARACTERS_MAX = 63;
const RECORD_KEY_CHARACTERS_MAX = 512;
const TID_CHARACTERS = 13;

const LOWER = 1;
const UPPER = 2;
const DIGIT = 4;
const LETTER = LOWER | UPPER;
const DID_PUNCTUATION = 8;
const KEY_PUNCTUATION = 16;
const TID_DIGIT = 32;
/** First digit of a TID: its highest bit is 0. */
const TID_FIRST = 64;

const classes = new Uint8Array(128);
mark('abcdefghijklmnopqrstuvwxyz', LOWER);
mark('ABCDEFGHIJKLMNOPQRSTUVWXYZ', UPPER);
mark('0123456789', DIGIT);
mark('._:%-', DID_PUNCTUATION);
mark('._:~-', KEY_PUNCTUATION);
mark('234567abcdefghijklmnopqrstuvwxyz', TID_DIGIT);
mark('234567abcdefghij', TID_FIRST);

function mark(characters: string, bit: number): void {
  for (const character of characters) classes[character.charCodeAt(0)]! |= bit;
}

function consistsOf(text: string, start: number, end: number, bits: number): boolean {
  for (let at = start; at < end; at++) {
    if (((classes[text.charCodeAt(at)] ?? 0) & bits) === 0) return false;
  }
  return true;
}

export function isDid(text: string): boolean {
  const { length } = text;
  if (length > DID_CHARACTERS_MAX || !text.startsWith('did:')) return false;
  const method = text.indexOf(':', 4);
  if (method <= 4 || method === length - 1) return false;
  const last = text.charCodeAt(length - 1);
  return (
    last !== 0x3a &&
    last !== 0x25 &&
    consistsOf(text, 4, method, LOWER) &&
    consistsOf(text, method + 1, length, LETTER | DIGIT | DID_PUNCTUATION)
  );
}

export function isNsid(text: string): boolean {
  const { length } = text;
  if (length > NSID_CHARACTERS_MAX) return false;
  let segments = 0;
  for (let start = 0; start <= length; segments++) {
    const dot = text.indexOf('.', start);
    const end = dot < 0 ? length : dot;
    const isName = dot < 0;
    if (!isSegment(text, start, end, isName)) return false;
    if ((segments === 0 || isName) && !consistsOf(text, start, start + 1, LETTER)) return false;
    start = end + 1;
  }
  return segments >= 3;
}

/** A segment of a domain may have hyphens inside, the name at the end none. */
function isSegment(text: string, start: number, end: number, isName: boolean): boolean {
  if (end === start || end - start > NSID_SEGMENT_CHARACTERS_MAX) return false;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    const hyphen = code === 0x2d && !isName && at > start && at < end - 1;
    if (!hyphen && ((classes[code] ?? 0) & (LETTER | DIGIT)) === 0) return false;
  }
  return true;
}

export function isRecordKey(text: string): boolean {
  const { length } = text;
  if (length === 0 || length > RECORD_KEY_CHARACTERS_MAX) return false;
  return (
    text !== '.' && text !== '..' && consistsOf(text, 0, length, LETTER | DIGIT | KEY_PUNCTUATION)
  );
}

export function isTid(text: string): boolean {
  return (
    text.length === TID_CHARACTERS &&
    consistsOf(text, 0, 1, TID_FIRST) &&
    consistsOf(text, 1, TID_CHARACTERS, TID_DIGIT)
  );
}

/** CID text of version 1 with a sha2-256 digest of raw bytes or DAG-CBOR: `bafkrei…`, `bafyrei…`. */
export function isRecordCidText(text: string): boolean {
  return (
    text.length === 59 &&
    (text.startsWith('bafyrei') || text.startsWith('bafkrei')) &&
    consistsOf(text, 7, 59, TID_DIGIT) &&
    // Of 290 bits the first 32 are the prefix and the last two are 0.
    'abcdefgh'.includes(text.charAt(7)) &&
    'aeimquy4'.includes(text.charAt(58))
  );
}
