import { readFileSync } from 'node:fs';
import { OperatingError } from '../../core/errors.ts';
import { ZSTD_MAGIC_LE, ZstdDecoder } from '../zstd.ts';
import { type Refusal, refusal } from './decoded-frame.ts';

/**
 * Dictionaries by the number that frames name. Source: bluesky-social/jetstream; the first is of version 1, the other
 * of version 2.
 */
const DICTIONARIES: ReadonlyMap<number, string> = new Map([
  [1_612_007_021, 'legacy_subscribe.zdict'],
  [20_260_811, 'subscribe_events_20260811.zdict'],
]);

export function isZstdFrame(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32LE(0) === ZSTD_MAGIC_LE;
}

/** Decompresses frames of Jetstream. Each dictionary is read when a frame first names it, and then kept. */
export class FrameDecompressor {
  readonly #bytesMax: number;
  readonly #decoders = new Map<number, ZstdDecoder>();

  /** @param bytesMax most bytes that may come out of a frame; never more are made. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The text inside a frame, valid until the next call. */
  decompress(bytes: Buffer): Buffer | Refusal {
    const id = dictionaryId(bytes);
    const decoder = this.#decoders.get(id) ?? this.#makeDecoder(id);
    if (decoder === undefined) {
      return refusal('ErrMalformedJSON', `expected a known zstd dictionary, received ${id}`);
    }
    try {
      return decoder.decompress(bytes, 0, bytes.length);
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      const tooLarge = error.code === 'RECORD_TOO_LARGE';
      return refusal(tooLarge ? 'ErrMessageTooLarge' : 'ErrMalformedJSON', error.message);
    }
  }

  #makeDecoder(id: number): ZstdDecoder | undefined {
    const file = DICTIONARIES.get(id);
    if (file === undefined && id !== 0) return undefined;
    const dictionary =
      file === undefined
        ? undefined
        : readFileSync(new URL(`dictionaries/${file}`, import.meta.url));
    const decoder = new ZstdDecoder(this.#bytesMax, dictionary);
    this.#decoders.set(id, decoder);
    return decoder;
  }
}

/** The number in a frame's header (RFC 8878, 3.1.1.1); 0 where there is none, or no whole header. */
function dictionaryId(bytes: Buffer): number {
  const descriptor = bytes[4] ?? 0;
  const width = [0, 1, 2, 4][descriptor & 3]!;
  // Without the single-segment flag a window descriptor comes first.
  const at = (descriptor & 0x20) === 0 ? 6 : 5;
  return width === 0 || bytes.length < at + width ? 0 : bytes.readUIntLE(at, width);
}
