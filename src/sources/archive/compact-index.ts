import { COMPACT_HASH_BYTES, compactEntryHash } from '../../core/compact-index-hash.ts';
import { corrupt } from './archive-errors.ts';

/**
 * The "compactindexsized" format of Old Faithful's classic indexes, version 1: a header, one record
 * for each bucket, and per bucket the entries {3-byte hash, value} in Eytzinger order. Only 24 bits
 * of hash are stored, so a key that is not in the index is found now and then.
 */

const MAGIC = 'compiszd';
const VERSION = 1;
/** Magic and length of the rest. */
export const HEADER_PREFIX_BYTES = 12;
/** Fixed fields and a few dozen bytes of metadata; the format allows 255 pairs of 255 bytes. */
export const HEADER_BYTES_MAX = 4096;
export const BUCKET_RECORD_BYTES = 16;
const BUCKETS_MAX = 2 ** 24;
/** A bucket holds about 10,000 entries; much more is no honest index. */
const BUCKET_ENTRIES_MAX = 1_000_000;

export interface CompactIndexHeader {
  readonly name: string;
  readonly valueBytes: number;
  readonly buckets: number;
  /** Offset of the first bucket record. */
  readonly bucketsOffset: number;
  /** Text of `kind` and `network`, bytes of the others. */
  readonly metadata: ReadonlyMap<string, Buffer>;
}

/** @throws {OperatingError} ARCHIVE_CORRUPT. */
export function parseCompactHeader(bytes: Buffer, name: string): CompactIndexHeader {
  const require = (condition: boolean, found: string) => {
    if (condition) return;
    throw corrupt(`${name}: expected a compact index of version 1, found ${found}`, { name });
  };
  require(bytes.length >= 26 && bytes.toString('latin1', 0, 8) === MAGIC, 'another format');
  const bucketsOffset = HEADER_PREFIX_BYTES + bytes.readUInt32LE(8);
  require(bucketsOffset <= HEADER_BYTES_MAX && bucketsOffset <= bytes.length, 'a cut header');
  require(bytes[24] === VERSION, `version ${bytes[24]}`);
  const valueBytes = bytes.readUInt32LE(12);
  require(bytes.readUInt32LE(16) === 0 && valueBytes > 0 && valueBytes <= 255, 'odd value sizes');
  const buckets = bytes.readUInt32LE(20);
  require(buckets > 0 && buckets <= BUCKETS_MAX, `${buckets} buckets`);
  const metadata = parseMetadata(bytes.subarray(25, bucketsOffset));
  require(metadata !== undefined, 'cut metadata');
  return { name, valueBytes, buckets, bucketsOffset, metadata: metadata ?? new Map() };
}

function parseMetadata(bytes: Buffer): Map<string, Buffer> | undefined {
  const metadata = new Map<string, Buffer>();
  let at = 1;
  const take = () => {
    const end = at + 1 + (bytes[at] ?? 255);
    const taken = bytes.subarray(at + 1, end);
    at = end;
    return taken;
  };
  for (let pairs = bytes[0] ?? 0; pairs > 0; pairs--) {
    const key = take().toString('latin1');
    metadata.set(key, take());
    if (at > bytes.length) return undefined;
  }
  return metadata;
}

export interface BucketRecord {
  readonly domain: number;
  readonly entries: number;
  /** Absolute. */
  readonly offset: number;
  readonly bytes: number;
}

/** @throws {OperatingError} ARCHIVE_CORRUPT when the bucket does not lie in the file. */
export function parseBucketRecord(
  record: Buffer,
  header: CompactIndexHeader,
  fileSize: number,
): BucketRecord {
  const entries = record.readUInt32LE(4);
  const offset = record.readUIntLE(10, 6);
  const bytes = entries * (COMPACT_HASH_BYTES + header.valueBytes);
  const isSane = record[8] === COMPACT_HASH_BYTES && entries <= BUCKET_ENTRIES_MAX;
  if (isSane && offset + bytes <= fileSize) {
    return { domain: record.readUInt32LE(0), entries, offset, bytes };
  }
  throw corrupt(
    `${header.name}: expected a bucket within ${fileSize} bytes, found ${entries} entries at ${offset}`,
    { name: header.name, entries, offset },
  );
}

/** Position of the key's entry in its bucket, or -1; a position does not prove that the key is there. */
export function findEntry(
  entries: Buffer,
  bucket: { readonly domain: number; readonly entries: number },
  key: Buffer,
): number {
  const target = compactEntryHash(bucket.domain, key);
  const stride = bucket.entries === 0 ? 0 : entries.length / bucket.entries;
  for (let k = 0; k < bucket.entries; ) {
    const hash = entries.readUIntLE(k * stride, COMPACT_HASH_BYTES);
    if (hash === target) return k;
    k = 2 * k + (hash < target ? 2 : 1);
  }
  return -1;
}

/** Value of the entry at a position. */
export function entryValue(entries: Buffer, position: number, valueBytes: number): Buffer {
  const at = position * (COMPACT_HASH_BYTES + valueBytes) + COMPACT_HASH_BYTES;
  return entries.subarray(at, at + valueBytes);
}
