import assert from 'node:assert/strict';
import { COMPACT_HASH_BYTES, compactEntryHash } from '../core/compact-index-hash.ts';
import { eytzingerOrder } from './eytzinger.ts';

/** One bit for each value of an entry's hash. */
const BITMAP_BYTES = 2 ** (8 * COMPACT_HASH_BYTES - 3);

/** The upstream writer gives up after so many; ten thousand keys need a handful on average. */
const DOMAINS_MAX = 1000;

/** Room for record numbers beside a 24-bit hash in one exact double. */
const POSITION_SPAN = 2 ** 24;

export interface SealedBucket {
  /** The number under which all keys hash differently. */
  readonly domain: number;
  readonly count: number;
  /** Hash and value of each key, in Eytzinger order of the hashes. */
  readonly entries: Buffer;
}

/** Records of one bucket: keys followed by values. Of a repeated key the latest value stays. */
export class CompactBucket {
  readonly #recordBytes: number;
  readonly #keyBytes: number;
  #records = Buffer.alloc(0);
  #count = 0;

  constructor(recordBytes: number, keyBytes: number) {
    this.#recordBytes = recordBytes;
    this.#keyBytes = keyBytes;
  }

  add(record: Uint8Array): void {
    const at = this.#count * this.#recordBytes;
    if (at + this.#recordBytes > this.#records.length) {
      const grown = Buffer.allocUnsafe(Math.max(64 * this.#recordBytes, this.#records.length * 2));
      this.#records.copy(grown, 0, 0, at);
      this.#records = grown;
    }
    this.#records.set(record, at);
    this.#count++;
  }

  /** Tries domains 0, 1, 2, … until no two keys share a hash. */
  seal(): SealedBucket {
    const bitmap = new Uint8Array(this.#count === 0 ? 0 : BITMAP_BYTES);
    for (let domain = 0; domain < DOMAINS_MAX; domain++) {
      const sorted = this.#hashAll(domain, bitmap);
      if (sorted !== null) return { domain, count: sorted.length, entries: this.#lay(sorted) };
      bitmap.fill(0);
    }
    throw new assert.AssertionError({ message: `no hash domain for ${this.#count} keys` });
  }

  /** Sorted `hash * POSITION_SPAN + record`, or null when two different keys collide. */
  #hashAll(domain: number, bitmap: Uint8Array): Float64Array | null {
    const size = this.#recordBytes;
    const hashes = new Float64Array(this.#count);
    let count = 0;
    for (let record = 0; record < this.#count; record++) {
      const at = record * size;
      const hash = compactEntryHash(domain, this.#records.subarray(at, at + this.#keyBytes));
      const bit = 1 << (hash & 7);
      const seen = bitmap[hash >> 3] ?? 0;
      if ((seen & bit) === 0) {
        bitmap[hash >> 3] = seen | bit;
        hashes[count++] = hash * POSITION_SPAN + record;
        continue;
      }
      const earlier = hashes.findIndex((packed) => Math.floor(packed / POSITION_SPAN) === hash);
      if (!this.#sameKey((hashes[earlier] ?? 0) % POSITION_SPAN, record)) return null;
      hashes[earlier] = hash * POSITION_SPAN + record;
    }
    return hashes.subarray(0, count).sort();
  }

  #sameKey(one: number, other: number): boolean {
    const from = one * this.#recordBytes;
    const start = other * this.#recordBytes;
    const key = this.#records.subarray(from, from + this.#keyBytes);
    return key.equals(this.#records.subarray(start, start + this.#keyBytes));
  }

  #lay(sorted: Float64Array): Buffer {
    const valueBytes = this.#recordBytes - this.#keyBytes;
    const entries = Buffer.allocUnsafe(sorted.length * (COMPACT_HASH_BYTES + valueBytes));
    let at = 0;
    for (const position of eytzingerOrder(sorted.length)) {
      const packed = sorted[position] ?? 0;
      at = entries.writeUIntLE(Math.floor(packed / POSITION_SPAN), at, COMPACT_HASH_BYTES);
      const value = (packed % POSITION_SPAN) * this.#recordBytes + this.#keyBytes;
      at += this.#records.copy(entries, at, value, value + valueBytes);
    }
    return entries;
  }
}
