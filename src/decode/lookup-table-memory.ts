import { HASH_MULTIPLIER } from './account-key-set.ts';
import type { StatusMetaFields } from './status-meta-fields.ts';
import { LOOKUP_STRIDE, type TransactionLayout } from './transaction.ts';

const KEY_BYTES = 32;
/** Bits for the entries of a table, which has at most 256 (LOOKUP_TABLE_MAX_ADDRESSES in agave), as words. */
const WORDS_PER_TABLE = 8;
/** A key that is not found within so many cells counts as unknown, however the keys were chosen. */
const PROBES_MAX = 16;

/**
 * Remembers which entries of address lookup tables are none of the wanted keys, because unpacking a transaction's
 * metadata takes ten times as long as scanning it and most transactions load what others loaded before. That holds
 * for good: tables only grow, and one that was closed can never be made again at its address, which a recent slot
 * is part of (address-lookup-table program, CreateLookupTable). When it is full it forgets everything.
 */
export class LookupTableMemory {
  readonly #tablesMax: number;
  readonly #keys: Buffer;
  /** A set bit: this entry is known and not wanted. */
  readonly #unwanted: Int32Array;
  /** Number of the table plus one; 0 is empty. At most a quarter is in use. */
  readonly #cells: Int32Array;
  readonly #cellShift: number;
  #tables = 0;

  constructor(tablesMax: number) {
    const cellBits = Math.ceil(Math.log2(tablesMax * 4));
    this.#tablesMax = tablesMax;
    this.#keys = Buffer.alloc(tablesMax * KEY_BYTES);
    this.#unwanted = new Int32Array(tablesMax * WORDS_PER_TABLE);
    this.#cells = new Int32Array(2 ** cellBits);
    this.#cellShift = 32 - cellBits;
  }

  /** True when all that the transaction in `wire` loads is known to be unwanted. */
  knowsAllUnwanted(wire: Buffer, { lookups, lookupCount }: TransactionLayout): boolean {
    for (let i = 0; i < lookupCount; i++) {
      const row = i * LOOKUP_STRIDE;
      const table = this.#find(wire, lookups[row]!);
      if (table < 0) return false;
      for (const part of [1, 3]) {
        const start = lookups[row + part]!;
        const end = start + lookups[row + part + 1]!;
        for (let at = start; at < end; at++) if (!this.#isUnwanted(table, wire[at]!)) return false;
      }
    }
    return true;
  }

  /**
   * Takes note that none of the keys which the transaction in `wire` loads is wanted. Metadata that does not tell as
   * many keys as the transaction asked for teaches nothing.
   */
  learnUnwanted(wire: Buffer, layout: TransactionLayout, fields: StatusMetaFields): void {
    const { lookups, lookupCount } = layout;
    let writable = 0;
    let readonly = 0;
    for (let i = 0; i < lookupCount; i++) {
      writable += lookups[i * LOOKUP_STRIDE + 2]!;
      readonly += lookups[i * LOOKUP_STRIDE + 4]!;
    }
    if (writable !== fields.loadedWritableCount || readonly !== fields.loadedReadonlyCount) return;
    for (let row = 0; row < lookupCount * LOOKUP_STRIDE; row += LOOKUP_STRIDE) {
      const table = this.#findOrAdd(wire, lookups[row]!);
      if (table < 0) continue;
      this.#mark(table, wire, lookups[row + 1]!, lookups[row + 2]!);
      this.#mark(table, wire, lookups[row + 3]!, lookups[row + 4]!);
    }
  }

  /** Forgets everything. */
  clear(): void {
    if (this.#tables === 0) return;
    this.#tables = 0;
    this.#cells.fill(0);
    this.#unwanted.fill(0);
  }

  #mark(table: number, wire: Buffer, start: number, count: number): void {
    for (let at = start; at < start + count; at++) {
      const entry = wire[at]!;
      this.#unwanted[table * WORDS_PER_TABLE + (entry >>> 5)]! |= 1 << (entry & 31);
    }
  }

  #isUnwanted(table: number, entry: number): boolean {
    return (this.#unwanted[table * WORDS_PER_TABLE + (entry >>> 5)]! & (1 << (entry & 31))) !== 0;
  }

  /** @returns the number of the table, or -1. */
  #find(wire: Buffer, key: number): number {
    let cell = this.#firstCell(wire, key);
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const table = this.#cells[cell]! - 1;
      if (table < 0 || this.#isTable(table, wire, key)) return table;
      cell = (cell + 1) & (this.#cells.length - 1);
    }
    return -1;
  }

  #findOrAdd(wire: Buffer, key: number): number {
    const known = this.#find(wire, key);
    if (known >= 0) return known;
    if (this.#tables === this.#tablesMax) this.clear();
    let cell = this.#firstCell(wire, key);
    for (let probe = 0; this.#cells[cell] !== 0; probe++) {
      if (probe === PROBES_MAX) return -1;
      cell = (cell + 1) & (this.#cells.length - 1);
    }
    const table = this.#tables++;
    wire.copy(this.#keys, table * KEY_BYTES, key, key + KEY_BYTES);
    this.#cells[cell] = table + 1;
    return table;
  }

  #firstCell(wire: Buffer, key: number): number {
    return Math.imul(wire.readInt32LE(key), HASH_MULTIPLIER) >>> this.#cellShift;
  }

  #isTable(table: number, wire: Buffer, key: number): boolean {
    const start = table * KEY_BYTES;
    for (let k = 0; k < KEY_BYTES; k++) if (this.#keys[start + k] !== wire[key + k]) return false;
    return true;
  }
}
