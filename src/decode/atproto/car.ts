import { malformedRecord } from '../malformed-record.ts';
import { decodeVarint, type Varint } from '../varint.ts';
import { DrislCursor } from './drisl-cursor.ts';
import { isRecordCid, RECORD_CID_BYTES } from './record-cid.ts';

/**
 * Walks the blocks of a CAR version 1 (ipld.io, CARv1) that lies in one buffer, by offsets. Of the two readers of
 * CARs here this one is for repositories: raw blocks may occur, and a header names roots by links.
 * Its methods throw `OperatingError` RECORD_MALFORMED.
 */
export class CarCursor {
  readonly bytes: Buffer;
  readonly end: number;
  /** Offsets of the roots' CIDs, 36 bytes each. */
  readonly roots: readonly number[];
  /** Offset of the 36 bytes of the block's CID. */
  cidStart = 0;
  blockStart = 0;
  #at: number;

  /** Reads the header. */
  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.end = end;
    const length = decodeVarint(bytes, start, end);
    if (length === undefined || length.value > end - length.next) {
      throw malformed(start, 'a header within the CAR', 'the end of the bytes');
    }
    this.#at = length.next + length.value;
    this.roots = readHeader(new DrislCursor(bytes, length.next, this.#at));
  }

  /** Moves to the next block; false at the end. */
  next(): boolean {
    const { bytes, end } = this;
    const start = this.#at;
    if (start === end) return false;
    let length = bytes[start]!;
    let next = start + 1;
    if (length >= 0x80) {
      const second = next < end ? bytes[next]! : 0x80;
      if (second < 0x80) {
        // Nearly all blocks of a repository have a length of two bytes.
        length = (length & 0x7f) | (second << 7);
        next++;
      } else {
        ({ value: length, next } = longLength(bytes, start, end));
      }
    }
    if (length > end - next) throw malformed(start, `up to ${end - next} bytes`, `${length}`);
    if (length < RECORD_CID_BYTES || !isRecordCid(bytes, next)) {
      throw malformed(start, 'a block with a CID of sha2-256', `${length} bytes without one`);
    }
    this.cidStart = next;
    this.blockStart = next + RECORD_CID_BYTES;
    this.#at = next + length;
    return true;
  }

  get blockEnd(): number {
    return this.#at;
  }
}

function longLength(bytes: Buffer, start: number, end: number): Varint {
  const length = decodeVarint(bytes, start, end);
  if (length === undefined) throw malformed(start, 'a whole length', 'the end of the bytes');
  return length;
}

function readHeader(cursor: DrislCursor): number[] {
  const roots: number[] = [];
  let version = 0;
  let previous = -1;
  for (let left = cursor.readMapCount(); left > 0; left--) {
    const offset = cursor.at;
    const key = cursor.readKey(previous);
    previous = offset;
    if (key === 'version') version = cursor.readUnsigned();
    else if (key === 'roots') readRoots(cursor, roots);
    else cursor.skip();
  }
  cursor.expectEnd();
  if (version !== 1) throw malformed(cursor.end, 'version 1', `version ${version}`);
  return roots;
}

function readRoots(cursor: DrislCursor, roots: number[]): void {
  for (let left = cursor.readArrayCount(); left > 0; left--) roots.push(cursor.readCidStart());
}

function malformed(offset: number, expected: string, received: string): Error {
  return malformedRecord({ attempted: 'read a CAR', offset, expected, received });
}
