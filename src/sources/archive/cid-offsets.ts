import { compactBucketOf } from '../../core/compact-index-hash.ts';
import { corrupt } from './archive-errors.ts';
import { type ByteRun, type ByteSource, readBytes } from './byte-source.ts';
import {
  BUCKET_RECORD_BYTES,
  type BucketRecord,
  type CompactIndexHeader,
  entryValue,
  findEntry,
  HEADER_BYTES_MAX,
  parseBucketRecord,
  parseCompactHeader,
} from './compact-index.ts';

/** u48 LE offset, u24 LE size. */
const VALUE_BYTES = 9;
/** Buckets kept in memory; one of a whole epoch takes about 120 KB. */
const BUCKETS_KEPT_MAX = 32;

interface HeldBucket {
  readonly record: BucketRecord;
  readonly entries: Buffer;
}

/** The cid-to-offset-and-size index: tens of gigabytes for an epoch, so only buckets are fetched. */
export class CidOffsets {
  readonly header: CompactIndexHeader;
  readonly #source: ByteSource;
  readonly #held = new Map<number, HeldBucket>();

  private constructor(source: ByteSource, header: CompactIndexHeader) {
    this.#source = source;
    this.header = header;
  }

  /** @throws {OperatingError} ARCHIVE_CORRUPT, and what reading throws. */
  static async open(source: ByteSource, signal: AbortSignal): Promise<CidOffsets> {
    const length = Math.min(HEADER_BYTES_MAX, source.size);
    const bytes = await readBytes(source, { offset: 0, length }, signal);
    const header = parseCompactHeader(bytes, source.name);
    if (header.valueBytes === VALUE_BYTES) return new CidOffsets(source, header);
    throw corrupt(`${source.name}: expected values of 9 bytes, found ${header.valueBytes}`, {
      name: source.name,
    });
  }

  /** Where the section of a CID should stand; a CID that is not in the index may still be "found". */
  async find(cid: Buffer, signal: AbortSignal): Promise<ByteRun | undefined> {
    const { record, entries } = await this.#bucket(
      compactBucketOf(cid, this.header.buckets),
      signal,
    );
    const position = findEntry(entries, record, cid);
    if (position < 0) return undefined;
    const value = entryValue(entries, position, VALUE_BYTES);
    return { offset: value.readUIntLE(0, 6), length: value.readUIntLE(6, 3) };
  }

  async #bucket(number: number, signal: AbortSignal): Promise<HeldBucket> {
    const held = this.#held.get(number);
    if (held !== undefined) return held;
    const at = this.header.bucketsOffset + number * BUCKET_RECORD_BYTES;
    if (at + BUCKET_RECORD_BYTES > this.#source.size) {
      throw corrupt(`${this.#source.name}: bucket ${number} lies behind the end of the file`, {
        name: this.#source.name,
      });
    }
    const bytes = await readBytes(
      this.#source,
      { offset: at, length: BUCKET_RECORD_BYTES },
      signal,
    );
    const record = parseBucketRecord(bytes, this.header, this.#source.size);
    const run = { offset: record.offset, length: record.bytes };
    const bucket = { record, entries: await readBytes(this.#source, run, signal) };
    const oldest = this.#held.keys().next().value;
    if (this.#held.size >= BUCKETS_KEPT_MAX && oldest !== undefined) this.#held.delete(oldest);
    this.#held.set(number, bucket);
    return bucket;
  }
}
