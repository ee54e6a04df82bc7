import { columnHead } from './native-columns.ts';
import { StringColumn } from './native-values.ts';

/** How the keys of a dictionary are numbered, by the largest number: the type's code, and the array that has it. */
const KEY_TYPES = [
  { code: 0, max: 0xff, Keys: Uint8Array },
  { code: 1, max: 0xffff, Keys: Uint16Array },
  { code: 2, max: 0xffff_ffff, Keys: Uint32Array },
] as const;
/** The block brings its own dictionary, which is all of it. */
const WHOLE_DICTIONARY = (1 << 9) | (1 << 10);
const DICTIONARY_VERSION = 1n;

/**
 * Texts of which there are few: LowCardinality(String), each different text once and a number for each row.
 * Source: ClickHouse, `src/DataTypes/Serializations/SerializationLowCardinality.cpp`.
 */
export class DictionaryColumn {
  readonly head: Buffer;
  readonly #numbers = new Map<string, number>();
  readonly #texts = new StringColumn('', 1024);
  #keys: Uint32Array;
  #length = 0;

  constructor(name: string, rows: number) {
    this.head = columnHead(name, 'LowCardinality(String)');
    this.#keys = new Uint32Array(rows);
  }

  get bytes(): Buffer {
    const texts = this.#numbers.size;
    const type = KEY_TYPES.find(({ max }) => texts <= max + 1) ?? KEY_TYPES[2];
    const keys = type.Keys.from(this.#keys.subarray(0, this.#length));
    const flags = BigInt(WHOLE_DICTIONARY | type.code);
    const front = BigUint64Array.of(DICTIONARY_VERSION, flags, BigInt(texts));
    const count = BigUint64Array.of(BigInt(this.#length));
    return Buffer.concat([bytesOf(front), this.#texts.bytes, bytesOf(count), bytesOf(keys)]);
  }

  add(text: string): void {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(text, number);
      this.#texts.add(text);
    }
    if (this.#length === this.#keys.length) {
      const grown = new Uint32Array(this.#keys.length * 2);
      grown.set(this.#keys);
      this.#keys = grown;
    }
    this.#keys[this.#length++] = number;
  }

  clear(): void {
    this.#numbers.clear();
    this.#texts.clear();
    this.#length = 0;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
