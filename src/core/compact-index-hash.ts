import assert from 'node:assert/strict';
import { Wide } from './wide.ts';
import { xxhash64 } from './xxhash64.ts';

/**
 * Where a key stands in an index of format `compactindexsized`: its bucket, and 24 bits of hash in
 * it. Who writes indexes and who reads them must agree on both to the bit.
 * Source: rpcpool/yellowstone-faithful, compactindexsized.
 */

/** Stored bytes of an entry's hash. */
export const COMPACT_HASH_BYTES = 3;
/** Longer than any key of the format: a signature has 64 bytes. */
const KEY_BYTES_MAX = 255;
/** The bucket's domain stands in front of the key, filled up to these. */
const DOMAIN_BYTES = 32;

/** Multipliers of murmur3's 64-bit finaliser. */
const FINALISER_1 = Wide.of(0xff51afd7ed558ccdn);
const FINALISER_2 = Wide.of(0xc4ceb9fe1a85ec53n);

const hashed = new Wide();
const domainKey = Buffer.alloc(DOMAIN_BYTES + KEY_BYTES_MAX);

/** Number of the key's bucket: XXH64, mixed again while it falls into the remainder that would make low buckets fuller. */
export function compactBucketOf(key: Buffer, buckets: number): number {
  xxhash64(key, hashed);
  const highWeight = 0x1_0000_0000 % buckets;
  const remainder = (highWeight * highWeight) % buckets;
  while (hashed.high === 0 && hashed.low >>> 0 < remainder) {
    hashed.xorShift(33).multiply(FINALISER_1).xorShift(33).multiply(FINALISER_2).xorShift(33);
  }
  return (((hashed.high >>> 0) % buckets) * highWeight + (hashed.low >>> 0)) % buckets;
}

/** The 24 bits under which a bucket of `domain` stores the key. */
export function compactEntryHash(domain: number, key: Buffer): number {
  assert(key.length <= KEY_BYTES_MAX, `a compact index key of ${key.length} bytes`);
  domainKey.writeUInt32LE(domain, 0);
  key.copy(domainKey, DOMAIN_BYTES);
  return xxhash64(domainKey.subarray(0, DOMAIN_BYTES + key.length), hashed).low & 0xff_ffff;
}
