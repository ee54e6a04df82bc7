import assert from 'node:assert/strict';
import { malformedRecord, recordTooLarge } from './malformed-record.ts';
import { growMemory, instantiateWasm, type WasmMemory } from './wasm/instantiate-wasm.ts';

/** First bytes of a Zstandard frame, `28 b5 2f fd` (RFC 8878, 3.1.1), as a little-endian number. */
export const ZSTD_MAGIC_LE = 0xfd2f_b528;

/** Room behind the input for reads of whole words, as the module's source says. */
const INPUT_SLOP_BYTES = 256;
const TOO_LARGE = -2;

interface ZstdExports {
  readonly memory: WasmMemory;
  inputAddress(): number;
  outputAddress(): number;
  faultOffset(): number;
  prepare(): void;
  learnDictionary(bytes: number): number;
  decompress(bytes: number, maxBytes: number): number;
}

/**
 * Decompresses Zstandard frames one after another into memory that is used again and again.
 * Made for frames of a kilobyte without a content size, as ledger metadata has them; one a thread.
 */
export class ZstdDecoder {
  readonly #wasm: ZstdExports;
  readonly #maxBytes: number;
  readonly #inputAddress: number;
  #memory: Buffer;
  #start = 0;
  #end = 0;

  /**
   * @param maxBytes most output of one call, below 2 ** 31.
   * @param dictionary for frames that name it or none, in the format of RFC 8878, 5; ours, so it is whole.
   */
  constructor(maxBytes: number, dictionary?: Uint8Array) {
    const wasm = instantiateWasm<ZstdExports>('zstd');
    wasm.prepare();
    if (dictionary !== undefined) learnDictionary(wasm, dictionary);
    this.#wasm = wasm;
    this.#maxBytes = maxBytes;
    this.#inputAddress = wasm.inputAddress();
    this.#memory = Buffer.from(wasm.memory.buffer);
  }

  /** Holds the last output from `start` to `end`. Valid until the next call; may then be another object. */
  get memory(): Buffer {
    return this.#memory;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /**
   * Decompresses the frames that `source` holds from `start` to `end`.
   * @returns a view of the output, valid until the next call.
   * @throws {OperatingError} RECORD_MALFORMED, or RECORD_TOO_LARGE when more than `maxBytes` come out.
   */
  decompress(source: Uint8Array, start: number, end: number): Buffer {
    this.run(source, start, end);
    return this.#memory.subarray(this.#start, this.#end);
  }

  /** As `decompress`, for callers that read `memory` by offsets: no view is made. */
  run(source: Uint8Array, start: number, end: number): void {
    const wasm = this.#wasm;
    const bytes = end - start;
    const inputEnd = this.#inputAddress + bytes;
    if (inputEnd + INPUT_SLOP_BYTES > this.#memory.length) {
      growMemory(wasm.memory, inputEnd + INPUT_SLOP_BYTES);
      this.#memory = Buffer.from(wasm.memory.buffer);
    }
    this.#memory.set(source.subarray(start, end), this.#inputAddress);
    const length = wasm.decompress(bytes, this.#maxBytes);
    // The module grows its own memory while output comes; an earlier buffer is then detached.
    if (this.#memory.length === 0) this.#memory = Buffer.from(wasm.memory.buffer);
    if (length < 0) throw this.#fault(length, start);
    this.#start = wasm.outputAddress();
    this.#end = this.#start + length;
  }

  #fault(fault: number, start: number): Error {
    const offset = start + this.#wasm.faultOffset();
    if (fault === TOO_LARGE) {
      return recordTooLarge({
        attempted: 'decompress a Zstandard frame',
        offset,
        expected: `up to ${this.#maxBytes} bytes`,
        received: 'more',
      });
    }
    return malformedRecord({
      attempted: 'decompress a Zstandard frame',
      offset,
      expected: 'a frame as RFC 8878 describes it',
      received: 'corrupt bytes',
    });
  }
}

function learnDictionary(wasm: ZstdExports, dictionary: Uint8Array): void {
  const address = wasm.inputAddress();
  growMemory(wasm.memory, address + dictionary.length + INPUT_SLOP_BYTES);
  Buffer.from(wasm.memory.buffer).set(dictionary, address);
  assert(wasm.learnDictionary(dictionary.length) === 0, 'a dictionary as RFC 8878 describes it');
}
