import { isUtf8 } from 'node:buffer';
import { malformedRecord } from '../malformed-record.ts';
import { internAscii } from './interned-text.ts';
import { isRecordCid, RECORD_CID_BYTES } from './record-cid.ts';

/** Major types of CBOR (RFC 8949, 3.1). */
export const UNSIGNED = 0;
export const NEGATIVE = 1;
export const BYTES = 2;
export const TEXT = 3;
export const ARRAY = 4;
export const MAP = 5;
export const TAG = 6;
export const SIMPLE = 7;

/**
 * Arrays and maps inside one another that are followed. Other readers of the network stop at 32
 * (bluesky-social/indigo, atproto/atdata), so nothing that travels is deeper.
 */
export const DRISL_DEPTH_MAX = 64;

/** Names of types and words are shorter. */
const INTERNED_VALUE_BYTES_MAX = 23;
const CID_TAG = 42;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const FLOAT64 = 0xfb;
const CID_HEAD = 0xd82a_5825;
const CID_HEAD_BYTES = 4;

/**
 * Reads DRISL, the deterministic CBOR of AT Protocol (dasl.ing/drisl, a strict DAG-CBOR), value after value from a
 * part of a buffer. Heads must be as short as can be, lengths definite and within the part, integers safe ones.
 * Every method throws `OperatingError` RECORD_MALFORMED, naming the offset, when the bytes do not hold what it reads.
 */
export class DrislCursor {
  readonly bytes: Buffer;
  readonly end: number;
  /** Offset of the next unread byte. */
  at: number;
  /** Number in the head read last: a value, a length or a count. */
  argument = 0;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Moves past a head of any major type but simple values, whose bits mean other things; sets `argument`. */
  readHead(): number {
    const offset = this.at;
    if (offset >= this.end) throw this.malformed(offset, 'a value', 'the end of the bytes');
    const byte = this.bytes[offset]!;
    const info = byte & 0x1f;
    this.at = offset + 1;
    if (info < 24) this.argument = info;
    else this.#readLongArgument(offset, info);
    const major = byte >> 5;
    if (major >= BYTES && major <= MAP) this.#checkRoom(offset, major);
    return major;
  }

  /** Number of entries; a claimed count is never above what the bytes left can hold. */
  readMapCount(): number {
    this.#expect(MAP, 'a map');
    return this.argument;
  }

  readArrayCount(): number {
    this.#expect(ARRAY, 'an array');
    return this.argument;
  }

  readUnsigned(): number {
    this.#expect(UNSIGNED, 'an unsigned number');
    return this.argument;
  }

  readText(): string {
    this.#expect(TEXT, 'a text');
    return this.textBody();
  }

  /** The text whose head was read last. */
  textBody(): string {
    const start = this.at;
    const end = start + this.argument;
    this.at = end;
    // Longer ones are mostly times and DIDs, which do not come again.
    if (this.argument <= INTERNED_VALUE_BYTES_MAX) {
      const text = internAscii(this.bytes, start, end);
      if (text !== undefined) return text;
    }
    return this.#longText(start, end);
  }

  /**
   * The next key of a map.
   * @param previous offset of the key before it, or -1: keys must be sorted by length, then by bytes, and differ.
   */
  readKey(previous: number): string {
    const offset = this.at;
    const key = this.readText();
    if (previous >= 0) this.#checkOrder(previous, offset, this.at);
    return key;
  }

  /** Moves past a byte string and returns where its content starts; `at` is where it ends. */
  readBytesStart(): number {
    this.#expect(BYTES, 'a byte string');
    const start = this.at;
    this.at += this.argument;
    return start;
  }

  /** Moves past a link and returns where the 36 bytes of its CID start. */
  readCidStart(): number {
    const offset = this.at;
    if (
      this.end - offset < CID_HEAD_BYTES + 1 + RECORD_CID_BYTES ||
      this.bytes.readUInt32BE(offset) !== CID_HEAD ||
      this.bytes[offset + CID_HEAD_BYTES] !== 0 ||
      !isRecordCid(this.bytes, offset + CID_HEAD_BYTES + 1)
    ) {
      throw this.malformed(offset, `a CID under tag ${CID_TAG}`, this.#headText(offset));
    }
    this.at = offset + CID_HEAD_BYTES + 1 + RECORD_CID_BYTES;
    return this.at - RECORD_CID_BYTES;
  }

  /** Moves past a null and tells whether there was one. */
  skipNull(): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== NULL) return false;
    this.at++;
    return true;
  }

  readBoolean(): boolean {
    const value = this.readSimple(false);
    if (typeof value !== 'boolean') throw this.malformed(this.at - 1, 'a boolean', 'another value');
    return value;
  }

  /** False, true, null, and a finite float64 where `floats` are allowed. */
  readSimple(floats: boolean): boolean | number | null {
    const offset = this.at++;
    const byte = this.bytes[offset];
    if (offset >= this.end) throw this.malformed(offset, 'a value', 'the end of the bytes');
    if (byte === FALSE) return false;
    if (byte === TRUE) return true;
    if (byte === NULL) return null;
    if (byte !== FLOAT64 || !floats || this.end - this.at < 8) {
      const expected = floats ? 'a boolean, null or float64' : 'a boolean or null';
      throw this.malformed(offset, expected, this.#headText(offset));
    }
    const value = this.bytes.readDoubleBE(this.at);
    this.at += 8;
    if (!Number.isFinite(value)) throw this.malformed(offset, 'a finite number', `${value}`);
    return value;
  }

  /**
   * Moves past one value without building it. Heads, lengths and links are checked; whether texts are UTF-8 and keys
   * in order is not.
   */
  skip(depth = 0): void {
    const offset = this.at;
    const byte = this.bytes[offset] ?? 0;
    if (byte >> 5 === SIMPLE) {
      this.readSimple(true);
      return;
    }
    if (byte >> 5 === TAG) {
      this.readCidStart();
      return;
    }
    const major = this.readHead();
    if (major === BYTES || major === TEXT) this.at += this.argument;
    if (major !== ARRAY && major !== MAP) return;
    this.checkDepth(depth, offset);
    for (let left = major === MAP ? this.argument * 2 : this.argument; left > 0; left--) {
      this.skip(depth + 1);
    }
  }

  checkDepth(depth: number, offset: number): void {
    if (depth < DRISL_DEPTH_MAX) return;
    throw this.malformed(offset, `at most ${DRISL_DEPTH_MAX} levels`, 'more');
  }

  /** That nothing is left. */
  expectEnd(): void {
    if (this.at !== this.end) {
      throw this.malformed(this.at, 'the end of the bytes', `${this.end - this.at} more`);
    }
  }

  malformed(offset: number, expected: string, received: string): Error {
    return malformedRecord({ attempted: 'decode DRISL', offset, expected, received });
  }

  #expect(major: number, what: string): void {
    const offset = this.at;
    if (offset < this.end && this.bytes[offset]! >> 5 !== major) {
      throw this.malformed(offset, what, this.#headText(offset));
    }
    this.readHead();
  }

  #longText(start: number, end: number): string {
    const text = this.bytes.toString('utf8', start, end);
    // A replacement character is either in the text itself or stands for bytes that are no UTF-8.
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(start, end))) {
      throw this.malformed(start, 'UTF-8', 'other bytes');
    }
    return text;
  }

  #readLongArgument(offset: number, info: number): void {
    const width = 1 << (info - 24);
    if (info > 27 || this.end - this.at < width) {
      throw this.malformed(offset, 'a whole head of definite length', this.#headText(offset));
    }
    let value = 0;
    for (let left = width; left > 0; left--) value = value * 256 + this.bytes[this.at++]!;
    const least = width === 1 ? 24 : 256 ** (width / 2);
    if (value < least || value > Number.MAX_SAFE_INTEGER) {
      throw this.malformed(offset, 'a number in its shortest form, up to 2^53 - 1', `${value}`);
    }
    this.argument = value;
  }

  #checkRoom(offset: number, major: number): void {
    const least = major === MAP ? this.argument * 2 : this.argument;
    if (least > this.end - this.at) {
      throw this.malformed(offset, `at most ${this.end - this.at} bytes`, `at least ${least}`);
    }
  }

  #checkOrder(previous: number, start: number, end: number): void {
    const { bytes } = this;
    // Heads of shorter texts are smaller, so whole encodings compare as the keys do.
    for (let i = 0; start + i < end; i++) {
      const difference = bytes[start + i]! - bytes[previous + i]!;
      if (difference > 0) return;
      if (difference < 0) break;
    }
    throw this.malformed(start, 'keys in order, each once', 'a key not above the one before');
  }

  #headText(offset: number): string {
    return `byte 0x${(this.bytes[offset] ?? 0).toString(16).padStart(2, '0')}`;
  }
}
