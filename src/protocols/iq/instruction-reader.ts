import { Buffer, isUtf8 } from 'node:buffer';

/**
 * Cursor over one instruction's data in Borsh's dialect: little-endian integers, strings and byte
 * lists led by a u32 length. Reading past the end never throws: it sets `fault` once, and every
 * later read gives zero values, so a decoder reads all of its fields and asks once at the end.
 * Hostile data is frequent enough that an exception for each would cost more than the decoding.
 */
export class InstructionReader {
  readonly #data: Buffer;
  #offset: number;
  #fault: string | null = null;

  constructor(data: Uint8Array, offset: number) {
    this.#data = Buffer.from(data.buffer, data.byteOffset, data.length);
    this.#offset = offset;
  }

  /** What was wrong with the bytes, or null while everything fitted. */
  get fault(): string | null {
    return this.#fault;
  }

  get remaining(): number {
    return this.#data.length - this.#offset;
  }

  u8(field: string): number {
    return this.#take(1, field) ? this.#data.readUInt8(this.#offset - 1) : 0;
  }

  u32(field: string): number {
    return this.#take(4, field) ? this.#data.readUInt32LE(this.#offset - 4) : 0;
  }

  /** Decimal text, because a u64 does not fit a number and travels through JSON. */
  u64Text(field: string): string {
    return this.#take(8, field) ? this.#data.readBigUInt64LE(this.#offset - 8).toString() : '0';
  }

  /** A view of the next `length` bytes; empty after a fault. */
  bytes(length: number, field: string): Buffer {
    if (!this.#take(length, field)) return this.#data.subarray(0, 0);
    return this.#data.subarray(this.#offset - length, this.#offset);
  }

  rest(): Buffer {
    return this.bytes(Math.max(0, this.remaining), 'rest');
  }

  /** Borsh `bytes`. */
  lengthPrefixed(field: string): Buffer {
    return this.bytes(this.u32(`${field} length`), field);
  }

  /** Borsh `string` as the bytes that stand there; text that is not UTF-8 is a fault, never mended. */
  utf8Bytes(field: string): Buffer {
    const bytes = this.lengthPrefixed(field);
    if (!isUtf8(bytes)) this.#fault ??= `${field}: not UTF-8`;
    return bytes;
  }

  text(field: string): string {
    const bytes = this.utf8Bytes(field);
    return this.#fault === null ? bytes.toString('utf8') : '';
  }

  #take(length: number, field: string): boolean {
    if (this.#fault !== null) return false;
    if (length > this.remaining) {
      this.#fault = `${field}: needs ${length} bytes, ${this.remaining} left`;
      return false;
    }
    this.#offset += length;
    return true;
  }
}
