import { CborCursor } from './cbor-cursor.ts';
import { decodeCid, NODE_CID_BYTES, NODE_CID_PREFIX_LE } from './cid.ts';
import { malformedRecord, recordTooLarge } from './malformed-record.ts';
import { decodeVarint } from './varint.ts';

/** Longest header accepted, in bytes; real ones are 59 with their length. */
export const CAR_HEADER_BYTES_MAX = 1024;
/** Longest section the creator writes: 32 MiB, its `MAX_IPFS_OBJECT_SIZE`. */
export const SECTION_BYTES_MAX = 32 << 20;

export interface CarHeader {
  /** Binary CIDs; empty for slices of an archive, whose header is empty or names no root. */
  readonly roots: readonly Uint8Array[];
  /** Offset of the first section. */
  readonly end: number;
}

/** One length-prefixed object of a CAR; offsets into the bytes it was read from. */
export interface Section {
  readonly start: number;
  readonly digestStart: number;
  readonly nodeStart: number;
  readonly end: number;
}

/**
 * The header of a CAR version 1 (ipld.io, CARv1). A header of length 0 is what per-slot slices carry.
 * @returns undefined when more bytes are needed; never more than `CAR_HEADER_BYTES_MAX` + 2.
 * @throws {OperatingError} RECORD_MALFORMED.
 */
export function decodeCarHeader(bytes: Uint8Array): CarHeader | undefined {
  const length = decodeVarint(bytes, 0, bytes.length);
  if (length === undefined) return undefined;
  if (length.value === 0) return { roots: [], end: length.next };
  if (length.value > CAR_HEADER_BYTES_MAX) {
    throw malformed(0, `up to ${CAR_HEADER_BYTES_MAX} bytes`, `${length.value}`);
  }
  const end = length.next + length.value;
  if (end > bytes.length) return undefined;
  const cursor = new CborCursor(bytes, length.next, end);
  const roots: Uint8Array[] = [];
  let version = 0;
  for (let left = cursor.readMapCount(); left > 0; left--) {
    const offset = cursor.at;
    const key = cursor.readText();
    if (key === 'version') version = cursor.readUnsigned();
    else if (key === 'roots') readRoots(cursor, roots);
    else throw malformed(offset, 'only roots and version', key);
  }
  if (version !== 1 || cursor.at !== end) throw malformed(0, 'version 1', `version ${version}`);
  return { roots, end };
}

function readRoots(cursor: CborCursor, roots: Uint8Array[]): void {
  for (let left = cursor.readArrayCount(); left > 0; left--) {
    const cid = cursor.readLink();
    decodeCid(cid, 0, cid.length);
    roots.push(cid);
  }
}

/**
 * The section that starts at `start`.
 * @param sectionBytesMax limit for CID and node together.
 * @returns the bytes needed from `start` on (0 when even that is unknown) where `end` cuts the section off.
 * @throws {OperatingError} RECORD_MALFORMED, or RECORD_TOO_LARGE beyond `sectionBytesMax`.
 */
export function decodeSection(
  bytes: Uint8Array,
  start: number,
  end: number,
  sectionBytesMax: number,
): Section | number {
  const length = decodeVarint(bytes, start, end);
  if (length === undefined) return 0;
  if (length.value > sectionBytesMax) {
    throw recordTooLarge({
      attempted: 'read a CAR section',
      offset: start,
      expected: `up to ${sectionBytesMax} bytes`,
      received: `${length.value}`,
    });
  }
  if (length.value <= NODE_CID_BYTES) {
    throw malformed(start, `a section above ${NODE_CID_BYTES} bytes`, `${length.value}`);
  }
  const sectionEnd = length.next + length.value;
  if (sectionEnd > end) return sectionEnd - start;
  const nodeStart = length.next + NODE_CID_BYTES;
  if (!isNodeCidPrefix(bytes, length.next)) {
    const prefix = Buffer.from(bytes.subarray(length.next, length.next + 4)).toString('hex');
    throw malformed(start, 'a CID of dag-cbor and sha2-256', `one that starts ${prefix}`);
  }
  return { start, digestStart: nodeStart - 32, nodeStart, end: sectionEnd };
}

function isNodeCidPrefix(bytes: Uint8Array, at: number): boolean {
  const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  return word === NODE_CID_PREFIX_LE;
}

function malformed(offset: number, expected: string, received: string): Error {
  return malformedRecord({ attempted: 'read a CAR', offset, expected, received });
}
