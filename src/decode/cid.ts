import { malformedRecord } from './malformed-record.ts';
import { decodeVarint } from './varint.ts';

/** CID of every ledger node: version 1, dag-cbor (0x71), sha2-256 (0x12), 32 bytes of digest. */
export const NODE_CID_BYTES = 36;
/** `01 71 12 20`, the start of every node CID, as a little-endian number. */
export const NODE_CID_PREFIX_LE = 0x2012_7101;

const IDENTITY_HASH = 0x00;
/** Longest digest accepted anywhere: 512 bits, the limit of other readers of these archives. */
const DIGEST_BYTES_MAX = 64;
/** RFC 4648 base32, lower case, no padding: multibase `b`. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Views into the bytes that were decoded. */
export interface Cid {
  readonly codec: number;
  readonly hash: number;
  readonly digest: Uint8Array;
  readonly end: number;
}

/**
 * Splits a binary CIDv1. An identity CID (`hash` 0) carries its content as digest, of any length.
 * Format: multiformats/cid.
 * @throws {OperatingError} RECORD_MALFORMED for another version, an over-long digest or missing bytes.
 */
export function decodeCid(bytes: Uint8Array, start: number, end: number): Cid {
  let at = start;
  const parts: number[] = [];
  for (const name of ['version', 'codec', 'hash function', 'digest length']) {
    const part = decodeVarint(bytes, at, end);
    if (part === undefined) throw malformed(start, `a ${name}`, 'the end of the bytes');
    parts.push(part.value);
    at = part.next;
  }
  const [version, codec, hash, length] = parts as [number, number, number, number];
  if (version !== 1) throw malformed(start, 'version 1', `version ${version}`);
  if (hash !== IDENTITY_HASH && length > DIGEST_BYTES_MAX) {
    throw malformed(start, `a digest up to ${DIGEST_BYTES_MAX} bytes`, `${length}`);
  }
  if (length > end - at) throw malformed(start, `${length} bytes of digest`, `${end - at}`);
  return { codec, hash, digest: bytes.subarray(at, at + length), end: at + length };
}

/** The content an identity CID carries, or undefined when it is not one. Empty content stands for "nothing". */
export function identityContent(cid: Uint8Array): Uint8Array | undefined {
  const { hash, digest } = decodeCid(cid, 0, cid.length);
  return hash === IDENTITY_HASH ? digest : undefined;
}

/** Base32 text as archives name roots: `bafyrei…`. */
export function encodeCidText(cid: Uint8Array): string {
  let text = 'b';
  let bits = 0;
  let width = 0;
  for (const byte of cid) {
    bits = (bits << 8) | byte;
    width += 8;
    for (; width >= 5; width -= 5) text += BASE32.charAt((bits >>> (width - 5)) & 31);
    bits &= 0xff;
  }
  return width > 0 ? text + BASE32.charAt((bits << (5 - width)) & 31) : text;
}

/** The binary CID, or undefined when the text is not base32 multibase or not a CIDv1. */
export function decodeCidText(text: string): Uint8Array | undefined {
  if (!text.startsWith('b') || text.length > 200) return undefined;
  const bytes = new Uint8Array(Math.floor(((text.length - 1) * 5) / 8));
  let bits = 0;
  let width = 0;
  let at = 0;
  for (let i = 1; i < text.length; i++) {
    const digit = BASE32.indexOf(text.charAt(i));
    if (digit < 0) return undefined;
    bits = ((bits << 5) | digit) & 0xfff;
    width += 5;
    if (width >= 8) {
      width -= 8;
      bytes[at++] = (bits >>> width) & 0xff;
    }
  }
  return encodeCidText(bytes) === text && isWholeCid(bytes) ? bytes : undefined;
}

function isWholeCid(bytes: Uint8Array): boolean {
  try {
    return decodeCid(bytes, 0, bytes.length).end === bytes.length;
  } catch {
    return false;
  }
}

function malformed(offset: number, expected: string, received: string): Error {
  return malformedRecord({ attempted: 'decode a content identifier', offset, expected, received });
}
