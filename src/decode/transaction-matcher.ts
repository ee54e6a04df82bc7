import { type AccountKeySet, HASH_MULTIPLIER } from './account-key-set.ts';
import { EVENT_FLAG } from './section-tables.ts';
import { createTransactionLayout, readTransaction, type TransactionLayout } from './transaction.ts';
import { isVoteTransaction, VOTE_PROGRAM } from './vote-transaction.ts';

const VOTE_WORDS = new Int32Array(8);
for (let word = 0; word < 8; word++) VOTE_WORDS[word] = VOTE_PROGRAM.readInt32LE(word * 4);

/**
 * Answers, as `EVENT_FLAG` bits, what a scan asks of a wire transaction: is it a vote, does it use lookup tables, is
 * one of its static keys in the set. `matchCanonical` reads the common shapes in place and refuses the rest;
 * `match` reads every transaction. Where both answer, they answer the same.
 */
export class TransactionMatcher {
  readonly #keys: AccountKeySet;
  readonly #filter: Int32Array;
  readonly #filterShift: number;
  readonly #layout: TransactionLayout = createTransactionLayout();
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(keys: AccountKeySet) {
    this.#keys = keys;
    this.#filter = keys.filter;
    this.#filterShift = keys.filterShift;
  }

  /** Sets the bytes that offsets count in, and returns a view over them. */
  attach(bytes: Uint8Array): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    return this.#view;
  }

  /** @throws {OperatingError} RECORD_MALFORMED when [start, end) is not one whole transaction. */
  match(start: number, end: number): number {
    const layout = this.#layout;
    readTransaction(this.#bytes, start, end, layout);
    const vote = isVoteTransaction(this.#bytes, layout) ? EVENT_FLAG.vote : 0;
    const lookups = layout.lookupCount > 0 ? EVENT_FLAG.lookups : 0;
    return vote | lookups | this.#matchKeys(layout.keysStart, layout.keyCount);
  }

  /** Legacy and version 0 with counts below 128 and lengths below 16,384; -1 for any other and for broken ones. */
  matchCanonical(start: number, end: number): number {
    const bytes = this.#bytes;
    const signatures = bytes[start]!;
    let at = start + 1 + signatures * 64;
    const first = bytes[at]!;
    if (signatures > 0x7f || at + 5 > end || first > 0x80) return -1;
    if (first === 0x80) at++;
    const keyCount = bytes[at + 3]!;
    const keysStart = at + 4;
    at = keysStart + keyCount * 32 + 32;
    if (keyCount > 0x7f || at >= end) return -1;
    const instructions = bytes[at++]!;
    if (instructions > 0x7f) return -1;
    let program = 0;
    // Offsets only grow, so running past the end is noticed by comparing with it once, at the very last.
    for (let list = instructions * 2; list > 0; list--) {
      if ((list & 1) === 0) program = bytes[at++]!;
      let length = bytes[at++]!;
      if (length >= 0x80) {
        const high = bytes[at++]!;
        if (high === 0 || high >= 0x80) return -1;
        length = (length & 0x7f) | (high << 7);
      }
      at += length;
    }
    let flags = 0;
    if (first === 0x80) {
      if (at >= end) return -1;
      if (bytes[at] !== 0) flags = EVENT_FLAG.lookups;
      at = this.#skipLookups(at, end);
    } else if (instructions === 1 && program < keyCount && signatures - 1 < 2 && signatures > 0) {
      if (this.#isVote(keysStart + program * 32)) flags = EVENT_FLAG.vote;
    }
    return at === end ? flags | this.#matchKeys(keysStart, keyCount) : -1;
  }

  /** The offset behind the lookups at `start`, or -1. */
  #skipLookups(start: number, end: number): number {
    const bytes = this.#bytes;
    let at = start;
    const lookups = bytes[at++]!;
    for (let left = lookups; left > 0; left--) {
      at += 32;
      const writable = bytes[at++]!;
      at += writable;
      const readonly = bytes[at++]!;
      at += readonly;
      if (at > end || (lookups | writable | readonly) >= 0x80) return -1;
    }
    return at;
  }

  #matchKeys(start: number, count: number): number {
    const view = this.#view;
    const filter = this.#filter;
    const shift = this.#filterShift;
    const end = start + count * 32;
    for (let key = start; key < end; key += 32) {
      const bit = Math.imul(view.getInt32(key, true), HASH_MULTIPLIER) >>> shift;
      const passes = filter[bit >>> 5]! & (1 << (bit & 31));
      if (passes !== 0 && this.#keys.has(this.#bytes, key)) return EVENT_FLAG.keyMatch;
    }
    return 0;
  }

  #isVote(key: number): boolean {
    const view = this.#view;
    for (let word = 0; word < 8; word++) {
      if (view.getInt32(key + word * 4, true) !== VOTE_WORDS[word]) return false;
    }
    return true;
  }
}
