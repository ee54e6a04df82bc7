import type { StreamFrame } from '../../model/stream-frame.ts';
import { FrameDecompressor, isZstdFrame } from './compressed-frame.ts';
import {
  type DecodedFrame,
  isRefusal,
  refusal,
  rejectedFrame,
  type WantsCollection,
} from './decoded-frame.ts';
import { decodeFirehoseFrame } from './firehose-frame.ts';
import { decodeJetstreamJson } from './jetstream-json.ts';
import { decodeSeedEnvelope } from './seed-envelope.ts';

/** Twice what a relay may send for one commit (com.atproto.sync.subscribeRepos, `blocks`). */
export const FRAME_BYTES_MAX = 4 << 20;

export interface StreamDecoderOptions {
  readonly wants: WantsCollection;
  /** Most bytes of a frame, before and after decompression. */
  readonly frameBytesMax?: number;
}

/**
 * Turns frames of any AT Protocol stream into events. What a frame is shows in its type: a firehose's is DRISL, a text
 * is Jetstream's JSON, a binary one with zstd's magic is such a text compressed, another binary one the seed's CBOR.
 * Nothing in a frame makes `decode` throw: what cannot be used is among the rejects.
 */
export class StreamDecoder {
  readonly #wants: WantsCollection;
  readonly #bytesMax: number;
  readonly #decompressor: FrameDecompressor;

  constructor({ wants, frameBytesMax = FRAME_BYTES_MAX }: StreamDecoderOptions) {
    this.#wants = wants;
    this.#bytesMax = frameBytesMax;
    this.#decompressor = new FrameDecompressor(frameBytesMax);
  }

  decode({ data, binary, endpoint }: StreamFrame): DecodedFrame {
    if (data.length > this.#bytesMax) {
      const detail = `expected up to ${this.#bytesMax} bytes, received ${data.length}`;
      return rejectedFrame(data, refusal('ErrMessageTooLarge', detail));
    }
    if (!binary) return decodeJetstreamJson(data, this.#wants);
    if (endpoint.protocol === 'firehose') return decodeFirehoseFrame(data, this.#wants);
    if (!isZstdFrame(data)) return decodeSeedEnvelope(data, this.#wants);
    const text = this.#decompressor.decompress(data);
    if (isRefusal(text)) return rejectedFrame(data, text);
    return decodeJetstreamJson(text, this.#wants);
  }
}
