import { malformedRecord } from './malformed-record.ts';

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const NULL = 0xf6;
/** IPLD's tag for a content identifier: a byte string of 00 followed by the CID (dag-cbor specification). */
const CID_TAG = 42;

/**
 * Reads dag-cbor values one after another from a part of a buffer; nothing is copied.
 * More tolerant than dag-cbor where real archives are: numbers and lengths may be longer than needed.
 * Indefinite lengths and floating point do not occur in ledger nodes and are refused.
 * Every method throws `OperatingError` RECORD_MALFORMED, naming the offset, when the bytes do not hold what it reads.
 */
export class CborCursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Offset of the next unread byte. */
  at: number;
  /** The number of the head read last, as two 32-bit halves: most callers never need a bigint. */
  #high = 0;
  #low = 0;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Number of elements that follow. A claimed count is never above the bytes left, so it is safe to loop to. */
  readArrayCount(): number {
    return this.#readCount(ARRAY, 'an array', 1);
  }

  readMapCount(): number {
    return this.#readCount(MAP, 'a map', 2);
  }

  /** An unsigned number up to 2 ** 53 - 1. */
  readUnsigned(): number {
    return this.#readHead(UNSIGNED, 'an unsigned number');
  }

  /** Any integer of CBOR: from -(2 ** 64) to 2 ** 64 - 1. */
  readInteger(): bigint {
    const negative = this.#major() === NEGATIVE;
    this.#readWideHead(negative ? NEGATIVE : UNSIGNED, 'an integer');
    const value = (BigInt(this.#high) << 32n) | BigInt(this.#low);
    return negative ? -1n - value : value;
  }

  /** A view, not a copy. */
  readBytes(): Uint8Array {
    const length = this.#readLength(BYTES, 'a byte string');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  readText(): string {
    const length = this.#readLength(TEXT, 'a text');
    this.at += length;
    return Buffer.from(
      this.bytes.buffer,
      this.bytes.byteOffset + this.at - length,
      length,
    ).toString();
  }

  /** The bytes of a link's CID, without the leading 00 of its byte string. */
  readLink(): Uint8Array {
    const offset = this.at;
    if (this.#readHead(TAG, 'a link') !== CID_TAG) {
      throw this.#malformed(offset, `tag ${CID_TAG} of a link`, 'another tag');
    }
    const inner = this.readBytes();
    if (inner.length < 2 || inner[0] !== 0) {
      throw this.#malformed(offset, 'a link of 00 and a CID', `${inner.length} bytes`);
    }
    return inner.subarray(1);
  }

  /** Moves past a null and tells whether there was one. */
  skipNull(): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== NULL) return false;
    this.at++;
    return true;
  }

  #major(): number {
    if (this.at >= this.end) throw this.#malformed(this.at, 'a value', 'the end of the bytes');
    return this.bytes[this.at]! >> 5;
  }

  #readLength(major: number, what: string): number {
    const offset = this.at;
    const length = this.#readHead(major, what);
    if (length > this.end - this.at) {
      throw this.#malformed(offset, `${what} within ${this.end - this.at} bytes`, `${length}`);
    }
    return length;
  }

  #readCount(major: number, what: string, bytesEach: number): number {
    const offset = this.at;
    const count = this.#readHead(major, what);
    if (count * bytesEach > this.end - this.at) {
      throw this.#malformed(
        offset,
        `${what} within ${this.end - this.at} bytes`,
        `${count} elements`,
      );
    }
    return count;
  }

  #readHead(major: number, what: string): number {
    const offset = this.at;
    this.#readWideHead(major, what);
    const value = this.#high * 0x1_0000_0000 + this.#low;
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    throw this.#malformed(offset, `${what} up to 2^53 - 1`, `about ${value}`);
  }

  #readWideHead(major: number, what: string): void {
    const offset = this.at;
    if (this.#major() !== major) {
      throw this.#malformed(offset, what, `byte 0x${this.bytes[offset]!.toString(16)}`);
    }
    const info = this.bytes[this.at++]! & 0x1f;
    this.#high = 0;
    this.#low = info;
    if (info < 24) return;
    const width = 1 << (info - 24);
    if (info > 27 || this.end - this.at < width) {
      throw this.#malformed(offset, `a whole head of ${what}`, `additional information ${info}`);
    }
    this.#low = 0;
    for (let left = width; left > 0; left--) {
      if (left === 4) {
        this.#high = this.#low;
        this.#low = 0;
      }
      this.#low = this.#low * 256 + this.bytes[this.at++]!;
    }
  }

  #malformed(offset: number, expected: string, received: string): Error {
    return malformedRecord({ attempted: 'decode dag-cbor', offset, expected, received });
  }
}
