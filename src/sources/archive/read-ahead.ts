import assert from 'node:assert/strict';
import type { ByteRun } from './byte-source.ts';
import type { RunFeed } from './run-reader.ts';

export interface ReadAheadLimits {
  /** Bytes of one request. */
  readonly partBytes: number;
  /** Parts of one run that may be under way or waiting to be read: bounds connections and memory. */
  readonly partsMax: number;
}

/** Fills the target from the offset on and reports how many bytes at its front are there. */
type FetchPart = (
  target: Buffer,
  offset: number,
  onBytes: (filled: number) => void,
  signal: AbortSignal,
) => Promise<void>;

interface Part {
  readonly offset: number;
  readonly bytes: Buffer;
  filled: number;
  failure: { readonly error: unknown } | undefined;
}

/**
 * Fetches the parts of a run side by side, a bounded number ahead of the reader, and hands the
 * bytes over in order, those of an unfinished part as soon as they come. Every part has its own
 * buffer, so a slow reader never holds up a connection.
 */
export class ReadAhead implements RunFeed {
  readonly #fetch: FetchPart;
  readonly #limits: ReadAheadLimits;
  readonly #end: number;
  readonly #ends: AbortController = new AbortController();
  readonly #signal: AbortSignal;
  readonly #parts: Part[] = [];
  readonly #spare: Buffer[] = [];
  #nextOffset: number;
  #wake: () => void = () => undefined;

  constructor(fetch: FetchPart, run: ByteRun, limits: ReadAheadLimits, signal: AbortSignal) {
    this.#fetch = fetch;
    this.#limits = limits;
    this.#nextOffset = run.offset;
    this.#end = run.offset + run.length;
    this.#signal = AbortSignal.any([signal, this.#ends.signal]);
  }

  fill(target: () => Buffer, offset: number): number | Promise<number> {
    this.#startParts();
    return this.#take(target, offset) ?? this.#wait(target, offset);
  }

  finish(): void {
    this.close();
  }

  close(): void {
    this.#ends.abort();
    this.#spare.length = 0;
  }

  async #wait(target: () => Buffer, offset: number): Promise<number> {
    for (;;) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const taken = this.#take(target, offset);
      if (taken !== undefined) return taken;
    }
  }

  /** Copies what is there; undefined when it must be waited for. */
  #take(target: () => Buffer, offset: number): number | undefined {
    const part = this.#parts[0];
    assert(part !== undefined, 'read behind the run');
    const from = offset - part.offset;
    if (from === part.filled) {
      if (part.failure !== undefined) throw part.failure.error;
      return undefined;
    }
    const copied = part.bytes.copy(target(), 0, from, part.filled);
    if (from + copied === part.bytes.length) {
      this.#parts.shift();
      this.#keepSpare(part.bytes);
      this.#startParts();
    }
    return copied;
  }

  #startParts(): void {
    while (this.#parts.length < this.#limits.partsMax && this.#nextOffset < this.#end) {
      const length = Math.min(this.#limits.partBytes, this.#end - this.#nextOffset);
      const bytes = (this.#spare.pop() ?? Buffer.allocUnsafeSlow(length)).subarray(0, length);
      const part: Part = { offset: this.#nextOffset, bytes, filled: 0, failure: undefined };
      this.#nextOffset += length;
      this.#parts.push(part);
      void this.#fetchPart(part);
    }
  }

  async #fetchPart(part: Part): Promise<void> {
    const onBytes = (filled: number) => {
      part.filled = filled;
      if (part === this.#parts[0]) this.#wake();
    };
    try {
      await this.#fetch(part.bytes, part.offset, onBytes, this.#signal);
    } catch (error) {
      part.failure = { error };
      this.#wake();
    }
  }

  #keepSpare(bytes: Buffer): void {
    if (bytes.length === this.#limits.partBytes) this.#spare.push(bytes);
  }
}
