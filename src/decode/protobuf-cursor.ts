import { malformedRecord } from './malformed-record.ts';

// Wire types of the protocol buffers encoding (protobuf.dev, Encoding).
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const VARINT_BYTES_MAX = 10;

/**
 * Reads the fields of one protobuf message in the order they stand; nothing is copied but texts.
 * Call `nextField`, then exactly one of the read methods or `skip`.
 * Every method throws `OperatingError` RECORD_MALFORMED, naming the offset, when the bytes do not hold what it reads.
 */
export class ProtobufCursor {
  readonly bytes: Buffer;
  readonly end: number;
  /** Offset of the next unread byte. */
  at: number;
  /** Number of the field that `nextField` found. */
  field = 0;
  #wire = 0;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Moves to the next field; false at the end of the message. Field 0 does not exist. */
  nextField(): boolean {
    if (this.at >= this.end) return false;
    const offset = this.at;
    const tag = this.#varint();
    this.#wire = tag % 8;
    this.field = (tag - this.#wire) / 8;
    if (this.field < 1 || this.field >= 2 ** 29) {
      throw this.#malformed(offset, 'a field number', `${this.field}`);
    }
    return true;
  }

  /** True where a repeated number is written as one packed run of bytes. */
  get isPacked(): boolean {
    return this.#wire === LENGTH;
  }

  /** An unsigned number up to 2 ** 53 - 1. */
  readNumber(): number {
    this.#expect(VARINT, 'a number');
    const offset = this.at;
    const value = this.#varint();
    if (!Number.isSafeInteger(value)) {
      throw this.#malformed(offset, 'a number up to 2^53 - 1', `${value}`);
    }
    return value;
  }

  readUnsigned64(): bigint {
    this.#expect(VARINT, 'a number');
    return this.readPacked64();
  }

  /** `int64`: two's complement in ten bytes where negative. */
  readSigned64(): bigint {
    return BigInt.asIntN(64, this.readUnsigned64());
  }

  /** The next number of a packed run. */
  readPacked64(): bigint {
    const start = this.at;
    const value = this.#varint();
    if (Number.isSafeInteger(value)) return BigInt(value);
    let exact = 0n;
    for (let at = this.at - 1; at >= start; at--) {
      exact = (exact << 7n) | BigInt(this.bytes[at]! & 0x7f);
    }
    return exact;
  }

  /** A view, not a copy. */
  readBytes(): Buffer {
    const length = this.#length('a byte string');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** UTF-8; what is not becomes replacement characters. */
  readText(): string {
    const length = this.#length('a text');
    this.at += length;
    return this.bytes.toString('utf8', this.at - length, this.at);
  }

  /** The message in this field, or the packed run of numbers. */
  readMessage(): ProtobufCursor {
    const length = this.#length('a message');
    this.at += length;
    return new ProtobufCursor(this.bytes, this.at - length, this.at);
  }

  skip(): void {
    if (this.#wire === VARINT) this.#varint();
    else if (this.#wire === LENGTH) this.#skipLength();
    else if (this.#wire === FIXED64) this.#skipFixed(8);
    else if (this.#wire === FIXED32) this.#skipFixed(4);
    else throw this.#malformed(this.at, 'a known wire type', `${this.#wire}`);
  }

  #skipLength(): void {
    const length = this.#length('a field');
    this.at += length;
  }

  #skipFixed(bytes: number): void {
    if (this.end - this.at < bytes) {
      throw this.#malformed(this.at, `${bytes} bytes`, `${this.end - this.at}`);
    }
    this.at += bytes;
  }

  #expect(wire: number, what: string): void {
    if (this.#wire !== wire) {
      throw this.#malformed(this.at, `${what} in field ${this.field}`, `wire type ${this.#wire}`);
    }
  }

  #length(what: string): number {
    this.#expect(LENGTH, what);
    const offset = this.at;
    const length = this.#varint();
    if (length > this.end - this.at) {
      throw this.#malformed(offset, `${what} within ${this.end - this.at} bytes`, `${length}`);
    }
    return length;
  }

  /** Exact up to 2 ** 53; above it the caller looks at the bytes again. */
  #varint(): number {
    const offset = this.at;
    let value = 0;
    let scale = 1;
    while (this.at < this.end) {
      const byte = this.bytes[this.at++]!;
      value += (byte & 0x7f) * scale;
      const length = this.at - offset;
      // The tenth byte holds the highest bit of 64 alone.
      if (length === VARINT_BYTES_MAX && byte > 1) break;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw this.#malformed(offset, 'a number of at most 64 bits', 'a longer or cut-off one');
  }

  #malformed(offset: number, expected: string, received: string): Error {
    return malformedRecord({ attempted: 'decode protobuf', offset, expected, received });
  }
}
