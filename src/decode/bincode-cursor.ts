import { malformedRecord } from './malformed-record.ts';

/**
 * Reads values as Rust's bincode 1 writes them by default: fixed little-endian integers, u64 lengths,
 * u32 enum variants, one byte before an optional value.
 * Every method throws `OperatingError` RECORD_MALFORMED, naming the offset, when the bytes do not hold what it reads.
 */
export class BincodeCursor {
  readonly bytes: Buffer;
  readonly end: number;
  /** Offset of the next unread byte. */
  at: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  readByte(): number {
    return this.bytes[this.#take(1)]!;
  }

  readU32(): number {
    return this.bytes.readUInt32LE(this.#take(4));
  }

  readU64(): bigint {
    return this.bytes.readBigUInt64LE(this.#take(8));
  }

  readI64(): bigint {
    return this.bytes.readBigInt64LE(this.#take(8));
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  /** A view, not a copy. */
  readBytes(length: number): Buffer {
    const start = this.#take(length);
    return this.bytes.subarray(start, this.at);
  }

  /** Number of elements that follow, never above what the bytes left can hold at `bytesEach`. */
  readCount(bytesEach: number): number {
    const offset = this.at;
    const count = this.readU64();
    if (count * BigInt(bytesEach) > BigInt(this.end - this.at)) {
      throw this.malformed(offset, `elements within ${this.end - this.at} bytes`, `${count}`);
    }
    return Number(count);
  }

  /** UTF-8; what is not becomes replacement characters. */
  readText(): string {
    const length = this.readCount(1);
    this.at += length;
    return this.bytes.toString('utf8', this.at - length, this.at);
  }

  /** Whether a value follows. */
  readOption(): boolean {
    const offset = this.at;
    const tag = this.readByte();
    if (tag > 1) throw this.malformed(offset, 'an option tag of 0 or 1', `${tag}`);
    return tag === 1;
  }

  /** Solana's compact-u16: up to three bytes of seven bits. */
  readShortCount(): number {
    const offset = this.at;
    let value = 0;
    for (let shift = 0; shift <= 14; shift += 7) {
      const byte = this.readByte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80 && value <= 0xffff) return value;
    }
    throw this.malformed(offset, 'a length up to 65535', 'a longer one');
  }

  malformed(offset: number, expected: string, received: string): Error {
    return malformedRecord({ attempted: 'decode bincode', offset, expected, received });
  }

  #take(bytes: number): number {
    const start = this.at;
    if (bytes > this.end - start) {
      throw this.malformed(start, `${bytes} bytes`, `${this.end - start}`);
    }
    this.at = start + bytes;
    return start;
  }
}
