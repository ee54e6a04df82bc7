import { compactBucketOf } from '../../core/compact-index-hash.ts';
import { firstSlotOfEpoch, SLOTS_PER_EPOCH } from '../../core/epoch.ts';
import { corrupt } from './archive-errors.ts';
import { CID_BYTES } from './car-section.ts';
import {
  BUCKET_RECORD_BYTES,
  type BucketRecord,
  type CompactIndexHeader,
  findEntry,
  parseBucketRecord,
} from './compact-index.ts';

/** Largest index accepted: 432,000 entries of 39 bytes take 17 MB. */
export const SLOT_TO_CID_BYTES_MAX = 64 * 1024 * 1024;

export type SlotPresence = 'absent' | 'present' | 'contested';

/**
 * The slot-to-cid index in memory. The index finds some slots that it does not hold, always at the
 * entry of another slot of the same epoch. Asking it for every slot of the epoch therefore shows
 * which entries are claimed more than once; all the others are certain without reading a Block.
 */
export interface SlotToCid {
  presence(slot: number): SlotPresence;
  /** CID of the Block; of an absent slot there is none. */
  cid(slot: number): Buffer;
}

/** @throws {OperatingError} ARCHIVE_CORRUPT. */
export function readSlotToCid(bytes: Buffer, header: CompactIndexHeader, epoch: number): SlotToCid {
  if (header.valueBytes !== CID_BYTES) {
    throw corrupt(`${header.name}: expected values of 36 bytes, found ${header.valueBytes}`, {
      name: header.name,
    });
  }
  const first = firstSlotOfEpoch(epoch);
  const claims = claimEntries(bytes, readBuckets(bytes, header), first);
  const times = new Map<number, number>();
  for (const valueAt of claims) if (valueAt > 0) times.set(valueAt, (times.get(valueAt) ?? 0) + 1);
  return {
    presence: (slot) => {
      const claimed = times.get(claims[slot - first] ?? 0) ?? 0;
      if (claimed === 0) return 'absent';
      return claimed === 1 ? 'present' : 'contested';
    },
    cid: (slot) => {
      const valueAt = claims[slot - first] ?? 0;
      return bytes.subarray(valueAt, valueAt + CID_BYTES);
    },
  };
}

function readBuckets(bytes: Buffer, header: CompactIndexHeader): BucketRecord[] {
  const { buckets, bucketsOffset, name } = header;
  if (bucketsOffset + buckets * BUCKET_RECORD_BYTES > bytes.length) {
    throw corrupt(`${name}: expected ${buckets} buckets, the file is shorter`, { name });
  }
  return Array.from({ length: buckets }, (_, bucket) => {
    const at = bucketsOffset + bucket * BUCKET_RECORD_BYTES;
    return parseBucketRecord(bytes.subarray(at, at + BUCKET_RECORD_BYTES), header, bytes.length);
  });
}

/** For each slot of the epoch the offset of the value found for it, 0 where none was found. */
function claimEntries(bytes: Buffer, buckets: readonly BucketRecord[], first: number): Uint32Array {
  const claims = new Uint32Array(SLOTS_PER_EPOCH);
  const entries = buckets.map(({ offset, bytes: length }) =>
    bytes.subarray(offset, offset + length),
  );
  const key = Buffer.alloc(8);
  for (let i = 0; i < claims.length; i++) {
    key.writeUIntLE(first + i, 0, 6);
    const number = compactBucketOf(key, buckets.length);
    const bucket = buckets[number];
    const held = entries[number];
    if (bucket === undefined || held === undefined || bucket.entries === 0) continue;
    const position = findEntry(held, bucket, key);
    if (position < 0) continue;
    const stride = bucket.bytes / bucket.entries;
    claims[i] = bucket.offset + (position + 1) * stride - CID_BYTES;
  }
  return claims;
}
