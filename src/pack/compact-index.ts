import { closeSync, fsyncSync, openSync } from 'node:fs';
import { COMPACT_HASH_BYTES, compactBucketOf } from '../core/compact-index-hash.ts';
import { CompactBucket } from './compact-bucket.ts';
import { type IndexIdentity, type IndexKind, indexMetadata } from './index-identity.ts';
import type { SpoolFile } from './spool-file.ts';
import { writeWhole } from './write-whole.ts';

/** Format `compactindexsized`. Source: rpcpool/yellowstone-faithful, compactindexsized. */
const MAGIC = 'compiszd';
const VERSION = 1;
const ITEMS_PER_BUCKET = 10_000;
const BUCKET_HEADER_BYTES = 16;

/** Bounds the memory of one pass over the spool; larger archives take more passes. */
const BUCKETS_PER_PASS = 100;

export interface CompactIndexOptions {
  readonly path: string;
  readonly identity: IndexIdentity;
  readonly kind: IndexKind;
  /** Records of key, then value. */
  readonly spool: SpoolFile;
  readonly keyBytes: number;
  /** Decides the number of buckets; not necessarily the number of records. */
  readonly itemsExpected: number;
}

function header(options: CompactIndexOptions, buckets: number): Buffer {
  const { identity, kind, spool, keyBytes } = options;
  const metadata = indexMetadata(identity, kind);
  const fixed = Buffer.alloc(25);
  fixed.write(MAGIC);
  fixed.writeUInt32LE(13 + metadata.length, 8);
  fixed.writeBigUInt64LE(BigInt(spool.recordBytes - keyBytes), 12);
  fixed.writeUInt32LE(buckets, 20);
  fixed[24] = VERSION;
  return Buffer.concat([fixed, metadata]);
}

/** Collects the records of buckets `from` to `to` (exclusive) in one pass over the spool. */
function collectBuckets(
  options: CompactIndexOptions,
  buckets: number,
  from: number,
  to: number,
): CompactBucket[] {
  const { spool, keyBytes } = options;
  const size = spool.recordBytes;
  const found = Array.from({ length: to - from }, () => new CompactBucket(size, keyBytes));
  for (const run of spool.runs()) {
    for (let at = 0; at < run.length; at += size) {
      const bucket = compactBucketOf(run.subarray(at, at + keyBytes), buckets);
      if (bucket >= from && bucket < to) found[bucket - from]?.add(run.subarray(at, at + size));
    }
  }
  return found;
}

/**
 * Writes the index to a new file and makes it durable. The bytes depend on the set of records only.
 * @throws the file system's error; an abort reason of `signal`, checked between buckets.
 */
export function writeCompactIndex(options: CompactIndexOptions, signal: AbortSignal): void {
  const buckets = Math.max(1, Math.ceil(options.itemsExpected / ITEMS_PER_BUCKET));
  const head = header(options, buckets);
  const table = Buffer.alloc(buckets * BUCKET_HEADER_BYTES);
  const file = openSync(options.path, 'wx');
  try {
    let offset = head.length + table.length;
    for (let from = 0; from < buckets; from += BUCKETS_PER_PASS) {
      const to = Math.min(buckets, from + BUCKETS_PER_PASS);
      for (const [position, bucket] of collectBuckets(options, buckets, from, to).entries()) {
        signal.throwIfAborted();
        const { domain, entries, count } = bucket.seal();
        const at = (from + position) * BUCKET_HEADER_BYTES;
        table.writeUInt32LE(domain, at);
        table.writeUInt32LE(count, at + 4);
        table[at + 8] = COMPACT_HASH_BYTES;
        table.writeUIntLE(offset, at + 10, 6);
        writeWhole(file, entries, offset);
        offset += entries.length;
      }
    }
    writeWhole(file, Buffer.concat([head, table]), 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
