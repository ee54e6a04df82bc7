import { readFileSync } from 'node:fs';
import { constants, zstdDecompressSync } from 'node:zlib';
import { ZSTD_MAGIC_LE } from '../zstd.ts';
import { type Refusal, refusal } from './decoded-frame.ts';

/**
 * Dictionaries by the id that frames name. Source: bluesky-social/jetstream; the first is of version 1, the other of
 * version 2.
 */
const dictionaries: ReadonlyMap<number, Buffer> = new Map(
  [
    [1_612_007_021, 'legacy_subscribe.zdict'] as const,
    [20_260_811, 'subscribe_events_20260811.zdict'] as const,
  ].map(([id, file]) => [id, readFileSync(new URL(`dictionaries/${file}`, import.meta.url))]),
);

/** 128 KiB, the window that servers use. */
const WINDOW_LOG_MIN = 17;
const WINDOW_TOO_LARGE = 'ZSTD_error_frameParameter_windowTooLarge';
/** Smallest output buffer; one that fits at once saves joining pieces. */
const CHUNK_BYTES_MIN = 4096;

export function isZstdFrame(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32LE(0) === ZSTD_MAGIC_LE;
}

/**
 * The text inside a compressed frame.
 * @param bytesMax most bytes that may come out; never more are made.
 */
export function decompressFrame(bytes: Buffer, bytesMax: number): Buffer | Refusal {
  const id = dictionaryId(bytes);
  const dictionary = id === 0 ? undefined : dictionaries.get(id);
  if (id !== 0 && dictionary === undefined) {
    return refusal('ErrMalformedJSON', `expected a known zstd dictionary, received ${id}`);
  }
  try {
    return zstdDecompressSync(bytes, {
      dictionary,
      maxOutputLength: bytesMax,
      params: { [constants.ZSTD_d_windowLogMax]: windowLog(bytesMax) },
      chunkSize: Math.max(CHUNK_BYTES_MIN, Math.min(bytes.length * 4, bytesMax)),
    });
  } catch (error) {
    // zlib's only other complaints are about these bytes.
    return error instanceof RangeError || codeOf(error) === WINDOW_TOO_LARGE
      ? refusal('ErrMessageTooLarge', `expected up to ${bytesMax} bytes decompressed`)
      : refusal('ErrMalformedJSON', 'expected a whole zstd frame');
  }
}

/** The id in a frame's header (RFC 8878, 3.1.1.1); 0 where there is none, or no whole header. */
function dictionaryId(bytes: Buffer): number {
  const descriptor = bytes[4] ?? 0;
  const width = [0, 1, 2, 4][descriptor & 3]!;
  // Without the single-segment flag a window descriptor comes first.
  const at = (descriptor & 0x20) === 0 ? 6 : 5;
  return width === 0 || bytes.length < at + width ? 0 : bytes.readUIntLE(at, width);
}

/** A frame within the bound needs no larger window, and memory for it is taken before its content is seen. */
function windowLog(bytesMax: number): number {
  return Math.max(WINDOW_LOG_MIN, Math.ceil(Math.log2(bytesMax)));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
