/**
 * Rows in ClickHouse's RowBinary: values one after the other in column order, little-endian, strings with a
 * LEB128 length, Nullable with a leading flag byte. Source: ClickHouse documentation, "RowBinary".
 * One growing buffer, no object per value: several times as fast to build and to parse as JSON rows.
 */
export class RowBinaryWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(initialBytes = 64 * 1024) {
    this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far; valid until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  uint8(value: number): void {
    const at = this.#take(1);
    this.#bytes[at] = value;
  }

  uint32(value: number): void {
    const at = this.#take(4);
    this.#bytes.writeUInt32LE(value, at);
  }

  /** A safe integer as UInt64. */
  uint64(value: number): void {
    const at = this.#take(8);
    this.#bytes.writeUInt32LE(value % 0x1_0000_0000, at);
    this.#bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), at + 4);
  }

  string(value: string): void {
    const length = Buffer.byteLength(value);
    this.#leb128(length);
    const at = this.#take(length);
    this.#bytes.write(value, at);
  }

  /** Nullable: null as the flag 1, else the flag 0 and what `write` writes. */
  nullable<T>(value: T | null, write: (value: T) => void): void {
    this.uint8(value === null ? 1 : 0);
    if (value !== null) write(value);
  }

  #leb128(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.uint8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.uint8(rest);
  }

  #take(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    this.#length = needed;
    return at;
  }
}

/** Largest value of UInt32, and of DateTime: 2106-02-07. */
const UINT32_MAX = 0xffff_ffff;

/** The nearest value that a UInt32 or DateTime can hold: what comes from the chain may be anything. */
export function nearestUint32(value: number): number {
  return Math.min(Math.max(0, value), UINT32_MAX);
}
