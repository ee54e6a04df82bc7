/**
 * Rows in ClickHouse's Native format: the number of columns and of rows, then for each column its name, its type and
 * all its values, little-endian. Source: ClickHouse documentation, "Native", as it is without a protocol version.
 * Columns that stand in memory as they travel are copied whole, and the server need not take rows apart.
 */

const BYTES_AT_FIRST = 1024;

/** Values of whole 32-bit words: UInt32, DateTime, UInt64 as two, FixedString(32) as eight. */
export class WordColumn {
  readonly head: Buffer;
  #words: Int32Array;
  #length = 0;

  /** @param words how many there is room for at first. */
  constructor(name: string, type: string, words: number) {
    this.head = columnHead(name, type);
    this.#words = new Int32Array(words);
  }

  /** Valid until the next write. */
  get bytes(): Buffer {
    return Buffer.from(this.#words.buffer, 0, this.#length * 4);
  }

  /** The low 32 bits of the number. */
  add(word: number): void {
    if (this.#length === this.#words.length) this.#grow(1);
    this.#words[this.#length++] = word;
  }

  /** A safe integer as UInt64. */
  addUint64(value: number): void {
    this.add(value % 2 ** 32);
    this.add(Math.floor(value / 2 ** 32));
  }

  addTimes(word: number, times: number): void {
    this.#grow(times);
    this.#words.fill(word, this.#length, this.#length + times);
    this.#length += times;
  }

  /** The words in [from, to). */
  addAll(words: Int32Array, from: number, to: number): void {
    this.#grow(to - from);
    if (to - from > 64) this.#words.set(words.subarray(from, to), this.#length);
    else for (let i = from; i < to; i++) this.#words[this.#length + i - from] = words[i] ?? 0;
    this.#length += to - from;
  }

  clear(): void {
    this.#length = 0;
  }

  #grow(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#words.length) return;
    const grown = new Int32Array(Math.max(needed, this.#words.length * 2));
    grown.set(this.#words.subarray(0, this.#length));
    this.#words = grown;
  }
}

/** Values of one byte: UInt8, Int8. */
export class ByteColumn {
  readonly head: Buffer;
  #values = Buffer.allocUnsafe(BYTES_AT_FIRST);
  #length = 0;

  constructor(name: string, type: string) {
    this.head = columnHead(name, type);
  }

  /** Valid until the next write. */
  get bytes(): Buffer {
    return this.#values.subarray(0, this.#length);
  }

  add(value: number): void {
    if (this.#length === this.#values.length) {
      this.#values = Buffer.concat([this.#values, Buffer.allocUnsafe(this.#length)]);
    }
    this.#values[this.#length++] = value;
  }

  clear(): void {
    this.#length = 0;
  }
}

/** What a block needs of a column. */
export interface NativeColumn {
  /** Name and type. */
  readonly head: Buffer;
  /** All values. */
  readonly bytes: Buffer;
}

/** The bytes of one block, in parts that are views of the columns. */
export function nativeBlock(rows: number, columns: readonly NativeColumn[]): Buffer[] {
  const parts: Buffer[] = [Buffer.from([...leb128(columns.length), ...leb128(rows)])];
  for (const { head, bytes } of columns) parts.push(head, bytes);
  return parts;
}

/** Name and type as texts with their lengths in front. */
export function columnHead(name: string, type: string): Buffer {
  const texts = [name, type].map((text) => Buffer.from(text));
  return Buffer.concat(texts.flatMap((text) => [Buffer.from(leb128(text.length)), text]));
}

function leb128(value: number): number[] {
  const bytes = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}
