/**
 * Columns of ClickHouse's Native format whose values are not whole 32-bit words, see native-columns.ts. Each grows as
 * one piece of memory; nothing is made for a single value.
 */
import { ByteColumn, columnHead } from './native-columns.ts';

/** Texts with their lengths in UTF-8 in front; the server turns them into LowCardinality where a table has that. */
export class StringColumn {
  readonly head: Buffer;
  #bytes: Buffer;
  #length = 0;

  /** @param bytes how many there is room for at first. */
  constructor(name: string, bytes: number) {
    this.head = columnHead(name, 'String');
    this.#bytes = Buffer.allocUnsafe(bytes);
  }

  /** Valid until the next write. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  add(text: string): void {
    // Three bytes are the most that a UTF-16 unit takes, four the most of the length of what fits into a message.
    this.#reserve(text.length * 3 + 4);
    const start = this.#length + 1;
    const written = this.#bytes.write(text, start);
    if (written < 0x80) {
      this.#bytes[this.#length] = written;
      this.#length = start + written;
    } else this.#moveBehindLength(start, written);
  }

  clear(): void {
    this.#length = 0;
  }

  /** The length takes more than the one byte that was left for it. */
  #moveBehindLength(start: number, written: number): void {
    const lengthBytes = written < 0x4000 ? 2 : written < 0x20_0000 ? 3 : 4;
    this.#bytes.copyWithin(start + lengthBytes - 1, start, start + written);
    let rest = written;
    for (let i = 1; i < lengthBytes; i++, rest >>>= 7) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
    }
    this.#bytes[this.#length++] = rest;
    this.#length += written;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

/** Integers of 64 bits that come as bigint: UInt64. */
export class LongColumn {
  readonly head: Buffer;
  #values: BigUint64Array;
  #length = 0;

  constructor(name: string, type: string, rows: number) {
    this.head = columnHead(name, type);
    this.#values = new BigUint64Array(rows);
  }

  get bytes(): Buffer {
    return Buffer.from(this.#values.buffer, 0, this.#length * 8);
  }

  /** @param value 0 to 2^64 - 1; of others the low 64 bits are written. */
  add(value: bigint): void {
    if (this.#length === this.#values.length) {
      const grown = new BigUint64Array(this.#values.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length++] = value;
  }

  clear(): void {
    this.#length = 0;
  }
}

/** Integers of 16 bits: UInt16. */
export class ShortColumn {
  readonly head: Buffer;
  #values: Uint16Array;
  #length = 0;

  constructor(name: string, type: string, rows: number) {
    this.head = columnHead(name, type);
    this.#values = new Uint16Array(rows);
  }

  get bytes(): Buffer {
    return Buffer.from(this.#values.buffer, 0, this.#length * 2);
  }

  /** The low 16 bits of the number. */
  add(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Uint16Array(this.#values.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length++] = value;
  }

  clear(): void {
    this.#length = 0;
  }
}

/** A column of values that may be missing: a byte for each, 1 where it is, then all values, 0 where they are missing. */
export class NullableColumn<Value> {
  readonly head: Buffer;
  readonly #values: ValueColumn<Value>;
  readonly #nothing: Value;
  readonly #missing = new ByteColumn('', '');

  /** @param given the column of the values, its type, and the value that stands where one is missing. */
  constructor(
    name: string,
    given: { readonly type: string; readonly values: ValueColumn<Value>; readonly nothing: Value },
  ) {
    this.head = columnHead(name, `Nullable(${given.type})`);
    this.#values = given.values;
    this.#nothing = given.nothing;
  }

  get bytes(): Buffer {
    return Buffer.concat([this.#missing.bytes, this.#values.bytes]);
  }

  add(value: Value | null): void {
    this.#missing.add(value === null ? 1 : 0);
    this.#values.add(value === null ? this.#nothing : value);
  }

  clear(): void {
    this.#missing.clear();
    this.#values.clear();
  }
}

interface ValueColumn<Value> {
  readonly bytes: Buffer;
  add(value: Value): void;
  clear(): void;
}
