import { closeSync, fsyncSync, openSync } from 'node:fs';
import { Wide } from '../core/wide.ts';
import { xxhash64 } from '../core/xxhash64.ts';
import { eytzingerOrder } from './eytzinger.ts';
import { type IndexIdentity, indexMetadata } from './index-identity.ts';
import type { SpoolFile } from './spool-file.ts';
import { writeWhole } from './write-whole.ts';

/** Format `bucketteer` version 2. Source: rpcpool/yellowstone-faithful, bucketteer. */
const MAGIC = 'buckette';
const VERSION = 2n;
const PREFIXES = 65_536;
const SIGNATURE_BYTES = 64;

/** Hashes held at once; larger archives take more passes over the spool. */
const HASHES_PER_PASS = 4_000_000;

export interface SignatureSetOptions {
  readonly path: string;
  readonly identity: IndexIdentity;
  /** Records that begin with a signature. */
  readonly signatures: SpoolFile;
}

/** Number of signatures for each value of their first two bytes, read as little-endian. */
function countPrefixes(signatures: SpoolFile): Uint32Array {
  const counts = new Uint32Array(PREFIXES);
  for (const run of signatures.runs()) {
    for (let at = 0; at < run.length; at += signatures.recordBytes) {
      const prefix = run.readUInt16LE(at);
      counts[prefix] = (counts[prefix] ?? 0) + 1;
    }
  }
  return counts;
}

/** Hashes of the signatures with prefixes `from` to `to` (exclusive), grouped by prefix. */
function collectHashes(
  signatures: SpoolFile,
  counts: Uint32Array,
  from: number,
  to: number,
): BigUint64Array[] {
  const groups = Array.from(
    { length: to - from },
    (_, i) => new BigUint64Array(counts[from + i] ?? 0),
  );
  const filled = new Uint32Array(to - from);
  const hashed = new Wide();
  for (const run of signatures.runs()) {
    for (let at = 0; at < run.length; at += signatures.recordBytes) {
      const group = run.readUInt16LE(at) - from;
      const hashes = groups[group];
      if (hashes === undefined) continue;
      const position = filled[group] ?? 0;
      hashes[position] = xxhash64(run.subarray(at, at + SIGNATURE_BYTES), hashed).toBigInt();
      filled[group] = position + 1;
    }
  }
  return groups;
}

/** u32 count, then the distinct hashes in Eytzinger order. */
function prefixContent(hashes: BigUint64Array): Buffer {
  const distinct = hashes.sort().filter((hash, i, all) => i === 0 || hash !== all[i - 1]);
  const content = Buffer.allocUnsafe(4 + distinct.length * 8);
  let at = content.writeUInt32LE(distinct.length, 0);
  for (const position of eytzingerOrder(distinct.length)) {
    at = content.writeBigUInt64LE(distinct[position] ?? 0n, at);
  }
  return content;
}

/** First prefix behind the pass that begins at `from`: as many as fit, at least one. */
function passEnd(counts: Uint32Array, from: number): number {
  let to = from + 1;
  let hashes = counts[from] ?? 0;
  while (to < PREFIXES && hashes + (counts[to] ?? 0) <= HASHES_PER_PASS)
    hashes += counts[to++] ?? 0;
  return to;
}

/**
 * Writes the set of first signatures to a new file and makes it durable.
 * @throws the file system's error; an abort reason of `signal`, checked between passes.
 */
export function writeSignatureSetIndex(options: SignatureSetOptions, signal: AbortSignal): void {
  const { path, identity, signatures } = options;
  const metadata = indexMetadata(identity, null);
  const tableStart = 20 + metadata.length + 8;
  const head = Buffer.alloc(tableStart + PREFIXES * 10);
  head.writeUInt32LE(head.length - 4, 0);
  head.write(MAGIC, 4);
  head.writeBigUInt64LE(VERSION, 12);
  metadata.copy(head, 20);
  head.writeBigUInt64LE(BigInt(PREFIXES), 20 + metadata.length);
  const counts = countPrefixes(signatures);
  const file = openSync(path, 'wx');
  try {
    let offset = 0;
    for (let from = 0; from < PREFIXES; ) {
      signal.throwIfAborted();
      const to = passEnd(counts, from);
      const contents = collectHashes(signatures, counts, from, to).map(prefixContent);
      for (const [i, content] of contents.entries()) {
        const at = head.writeUInt16LE(from + i, tableStart + (from + i) * 10);
        head.writeBigUInt64LE(BigInt(offset), at);
        offset += content.length;
      }
      const pass = Buffer.concat(contents);
      writeWhole(file, pass, head.length + offset - pass.length);
      from = to;
    }
    writeWhole(file, head, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
