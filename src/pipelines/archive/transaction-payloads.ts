import { joinDataFrame } from '../../decode/join-data-frame.ts';
import { decodeLedgerNode, NODE_KIND, type TransactionNode } from '../../decode/ledger-node.ts';
import { malformedRecord } from '../../decode/malformed-record.ts';
import { EVENT_FLAG } from '../../decode/section-tables.ts';
import type { StatusMetaFields } from '../../decode/status-meta-fields.ts';
import { ZSTD_MAGIC_LE, type ZstdDecoder } from '../../decode/zstd.ts';
import type { ScannedWindow } from './slot-consumer.ts';
import type { SlotFrames } from './slot-frames.ts';

/** A transaction's two payloads: views that hold until the window moves or the next metadata is read. */
export interface TransactionPayloads {
  readonly wire: Uint8Array;
  /** Decompressed; empty where the archive has none. */
  readonly metadata: Uint8Array;
}

export interface PayloadReader {
  readonly frames: SlotFrames;
  readonly zstd: ZstdDecoder;
  /** Most bytes of one joined payload. */
  readonly payloadBytesMax: number;
}

/** More frames than 32 MiB in pieces of the smallest size ever used. */
const FRAMES_MAX = 1 << 17;
const CONTINUED = EVENT_FLAG.dataContinued | EVENT_FLAG.metadataContinued;

/** @throws {OperatingError} RECORD_MALFORMED, RECORD_TOO_LARGE, ARCHIVE_CORRUPT as the decoders. */
export function readTransactionPayloads(
  window: ScannedWindow,
  event: number,
  reader: PayloadReader,
): TransactionPayloads {
  const { events } = window.scanner;
  if (((events.flags[event] ?? 0) & CONTINUED) !== 0) return readContinued(window, event, reader);
  const wire = window.bytes.subarray(events.dataStarts[event], events.dataEnds[event]);
  const start = events.metadataStarts[event] ?? 0;
  const end = events.metadataEnds[event] ?? 0;
  return { wire, metadata: unpackPayload(window.bytes, { start, end }, reader.zstd) };
}

function readContinued(
  window: ScannedWindow,
  event: number,
  reader: PayloadReader,
): TransactionPayloads {
  const node = transactionNode(window, event);
  const limits = { payloadBytesMax: reader.payloadBytesMax, framesMax: FRAMES_MAX };
  const wire = joinDataFrame(node.data, reader.frames.find, limits);
  const packed = joinDataFrame(node.metadata, reader.frames.find, limits);
  return { wire, metadata: unpackPayload(packed, { start: 0, end: packed.length }, reader.zstd) };
}

function transactionNode({ bytes, scanner }: ScannedWindow, event: number): TransactionNode {
  const row = scanner.events.sections[event] ?? 0;
  const start = scanner.sections.nodeStarts[row] ?? 0;
  const node = decodeLedgerNode(bytes, start, scanner.sections.ends[row] ?? 0);
  if (node.kind === NODE_KIND.transaction) return node;
  throw malformedRecord({
    attempted: 'read a transaction',
    offset: start,
    expected: 'a node of kind 0',
    received: `kind ${node.kind}`,
  });
}

/**
 * Reads no more of the metadata than `fields` holds and builds nothing, since most transactions with lookup tables
 * turn out to be of no interest.
 * @returns the bytes in which the offsets of `fields` count, until the window moves or the next metadata is read;
 * null where the archive has no metadata.
 * @throws {OperatingError} RECORD_MALFORMED, RECORD_TOO_LARGE, ARCHIVE_CORRUPT as the decoders.
 */
export function readMetadataFields(
  window: ScannedWindow,
  event: number,
  reader: PayloadReader,
  fields: StatusMetaFields,
): Buffer | null {
  const { events } = window.scanner;
  let bytes = window.bytes;
  let start = events.metadataStarts[event] ?? 0;
  let end = events.metadataEnds[event] ?? 0;
  if (((events.flags[event] ?? 0) & EVENT_FLAG.metadataContinued) !== 0) {
    const { metadata } = readContinued(window, event, reader);
    bytes = Buffer.from(metadata.buffer, metadata.byteOffset, metadata.length);
    start = 0;
    end = bytes.length;
  } else if (isZstdFrame(bytes, start, end)) {
    reader.zstd.run(bytes, start, end);
    bytes = reader.zstd.memory;
    start = reader.zstd.start;
    end = reader.zstd.end;
  }
  if (start === end) return null;
  fields.read(bytes, start, end);
  return bytes;
}

/** What is not a Zstandard frame is kept as it stands: old writers stored some payloads uncompressed. */
export function unpackPayload(
  bytes: Uint8Array,
  span: { readonly start: number; readonly end: number },
  zstd: ZstdDecoder,
): Uint8Array {
  const { start, end } = span;
  if (!isZstdFrame(bytes, start, end)) return bytes.subarray(start, end);
  return zstd.decompress(bytes, start, end);
}

function isZstdFrame(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 4) return false;
  const magic =
    (bytes[start] ?? 0) |
    ((bytes[start + 1] ?? 0) << 8) |
    ((bytes[start + 2] ?? 0) << 16) |
    ((bytes[start + 3] ?? 0) << 24);
  return magic >>> 0 === ZSTD_MAGIC_LE;
}
