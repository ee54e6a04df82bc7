import { recordTooLarge } from '../../decode/malformed-record.ts';
import { KEY_WORDS } from '../../model/ledger-stats.ts';

const CELLS_MIN = 1024;
/** Cells are cleared when the numbers in them come near the end of 32 bits. */
const BASE_MAX = 2 ** 30;

export interface KeyTableOptions {
  /** Distinct keys of one slot; more are an error. */
  readonly keysMax: number;
  /** Value in [0, 1). Keys are chosen by strangers, so what collides must not be theirs to choose. */
  readonly random: () => number;
}

/**
 * Numbers the distinct keys of a slot from 0 on: open addressing over 32-byte keys that are read where they stand.
 * A cell holds the number of a key counted since the cells were last cleared, so forgetting a slot costs nothing.
 */
export class KeyTable {
  /** KEY_WORDS numbers for each key; replaced when it grows. */
  words = new Int32Array((CELLS_MIN / 2) * KEY_WORDS);
  count = 0;
  readonly #keysMax: number;
  readonly #multipliers: Int32Array;
  #hashes = new Int32Array(CELLS_MIN / 2);
  #cells = new Int32Array(CELLS_MIN);
  #shift = 32 - Math.log2(CELLS_MIN);
  /** What is subtracted from a cell to get a key's number; a lower cell is free. */
  #base = 1;

  constructor({ keysMax, random }: KeyTableOptions) {
    this.#keysMax = keysMax;
    this.#multipliers = Int32Array.from(
      { length: KEY_WORDS + 1 },
      () => Math.floor(random() * 2 ** 32) | 1,
    );
  }

  /** @returns the number of the key at `at`. @throws {OperatingError} RECORD_TOO_LARGE when there are too many keys. */
  find(view: DataView, at: number): number {
    const w0 = view.getInt32(at, true);
    const w1 = view.getInt32(at + 4, true);
    const w2 = view.getInt32(at + 8, true);
    const w3 = view.getInt32(at + 12, true);
    const w4 = view.getInt32(at + 16, true);
    const w5 = view.getInt32(at + 20, true);
    const w6 = view.getInt32(at + 24, true);
    const w7 = view.getInt32(at + 28, true);
    const m = this.#multipliers;
    // Each word is turned by another amount, so that no difference of two words cancels that of others for certain.
    let hash = Math.imul(w0, m[0] ?? 1) ^ turned(Math.imul(w1, m[1] ?? 1), 4);
    hash ^= turned(Math.imul(w2, m[2] ?? 1), 8) ^ turned(Math.imul(w3, m[3] ?? 1), 12);
    hash ^= turned(Math.imul(w4, m[4] ?? 1), 16) ^ turned(Math.imul(w5, m[5] ?? 1), 20);
    hash ^= turned(Math.imul(w6, m[6] ?? 1), 24) ^ turned(Math.imul(w7, m[7] ?? 1), 28);
    hash = Math.imul(hash ^ (hash >>> 16), m[8] ?? 1);
    const { words } = this;
    const cells = this.#cells;
    const hashes = this.#hashes;
    const mask = cells.length - 1;
    let cell = hash >>> this.#shift;
    for (;;) {
      const key = (cells[cell] ?? 0) - this.#base;
      if (key < 0) return this.#add(view, at, hash);
      const row = key * KEY_WORDS;
      if (
        hashes[key] === hash &&
        words[row] === w0 &&
        words[row + 1] === w1 &&
        words[row + 2] === w2 &&
        words[row + 3] === w3 &&
        words[row + 4] === w4 &&
        words[row + 5] === w5 &&
        words[row + 6] === w6 &&
        words[row + 7] === w7
      ) {
        return key;
      }
      cell = (cell + 1) & mask;
    }
  }

  /** Forgets all keys. */
  reset(): void {
    this.#base += this.count;
    this.count = 0;
    if (this.#base < BASE_MAX) return;
    this.#cells.fill(0);
    this.#base = 1;
  }

  #add(view: DataView, at: number, hash: number): number {
    const key = this.count;
    if (key === this.#keysMax) throw tooManyKeys(this.#keysMax, at);
    if (key === this.#hashes.length) this.#grow();
    const row = key * KEY_WORDS;
    for (let k = 0; k < KEY_WORDS; k++) this.words[row + k] = view.getInt32(at + k * 4, true);
    this.#hashes[key] = hash;
    this.count++;
    this.#place(key);
    return key;
  }

  /** Half of the cells at most are in use, so a free one is always near. */
  #place(key: number): void {
    const mask = this.#cells.length - 1;
    let cell = (this.#hashes[key] ?? 0) >>> this.#shift;
    while ((this.#cells[cell] ?? 0) >= this.#base) cell = (cell + 1) & mask;
    this.#cells[cell] = this.#base + key;
  }

  #grow(): void {
    const words = new Int32Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
    const hashes = new Int32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    this.#cells = new Int32Array(this.#cells.length * 2);
    this.#shift--;
    for (let key = 0; key < this.count; key++) this.#place(key);
  }
}

function turned(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function tooManyKeys(keysMax: number, offset: number): Error {
  return recordTooLarge({
    attempted: 'count the keys of a slot',
    offset,
    expected: `up to ${keysMax} different ones`,
    received: 'more',
  });
}
