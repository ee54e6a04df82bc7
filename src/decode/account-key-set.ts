/** Odd multiplier of Fibonacci hashing: 2 ** 32 divided by the golden ratio. */
export const HASH_MULTIPLIER = 0x9e37_79b1;
/** Filter bits for each key: with 16 a key outside the set passes the filter once in about sixteen. */
const FILTER_BITS_PER_KEY = 16;
const FILTER_BITS_MIN = 1 << 12;

/**
 * A fixed set of 32-byte keys, made for the question "is the key at this offset in the set" asked of every key of
 * the archive. A small bit filter answers most of them from the first four bytes; what passes is looked up by open
 * addressing and compared whole, so the answer is exact.
 */
export class AccountKeySet {
  readonly size: number;
  /** One bit for each hash of a key's first four bytes (little-endian, times the multiplier, shifted right). */
  readonly filter: Int32Array;
  readonly filterShift: number;
  readonly #keys: Buffer;
  /** Number of the key plus one; 0 is empty. At most a quarter is in use, so a probe always ends. */
  readonly #cells: Int32Array;
  readonly #cellShift: number;

  /** Duplicates are allowed; every key must be 32 bytes. */
  constructor(keys: readonly Uint8Array[]) {
    this.#keys = Buffer.concat(keys);
    if (this.#keys.length !== keys.length * 32) throw new RangeError('account keys are 32 bytes');
    const filterBits = powerOfTwo(Math.max(FILTER_BITS_MIN, keys.length * FILTER_BITS_PER_KEY));
    const cells = powerOfTwo(Math.max(16, keys.length * 4));
    this.filter = new Int32Array(filterBits / 32);
    this.filterShift = 32 - Math.log2(filterBits);
    this.#cells = new Int32Array(cells);
    this.#cellShift = 32 - Math.log2(cells);
    let size = 0;
    for (let row = 0; row < keys.length; row++) if (this.#insert(row)) size++;
    this.size = size;
  }

  has(bytes: Uint8Array, at: number): boolean {
    let cell = Math.imul(wordAt(bytes, at), HASH_MULTIPLIER) >>> this.#cellShift;
    for (let row = this.#cells[cell]!; row !== 0; row = this.#cells[cell]!) {
      if (isSameKey(this.#keys, (row - 1) * 32, bytes, at)) return true;
      cell = (cell + 1) & (this.#cells.length - 1);
    }
    return false;
  }

  #insert(row: number): boolean {
    if (this.has(this.#keys, row * 32)) return false;
    const hash = Math.imul(wordAt(this.#keys, row * 32), HASH_MULTIPLIER);
    const bit = hash >>> this.filterShift;
    this.filter[bit >>> 5]! |= 1 << (bit & 31);
    let cell = hash >>> this.#cellShift;
    while (this.#cells[cell] !== 0) cell = (cell + 1) & (this.#cells.length - 1);
    this.#cells[cell] = row + 1;
    return true;
  }
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function isSameKey(keys: Uint8Array, row: number, bytes: Uint8Array, at: number): boolean {
  for (let k = 0; k < 32; k++) if (keys[row + k] !== bytes[at + k]) return false;
  return true;
}
