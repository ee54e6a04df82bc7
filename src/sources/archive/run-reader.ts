import assert from 'node:assert/strict';
import type { ByteRun } from './byte-source.ts';

/**
 * Brings the bytes of one run, in order. `fill` writes up to `room` bytes to the front of
 * `target` and says how many; at least one, or it throws. It answers without a promise whenever
 * the bytes are at hand, because a promise for every window costs more than the scan of it.
 */
export interface RunFeed {
  fill(target: () => Buffer, offset: number): number | Promise<number>;
  /** Called once, when the last byte was handed over; throws when the file changed meanwhile. */
  finish(): void;
  close(): void;
}

/**
 * Slides a window over one run. After `advance` the bytes [start, end) of `window` are unread,
 * and `window[0]` is byte `baseOffset` of the file.
 */
export class RunReader {
  readonly #feed: RunFeed;
  readonly #runEnd: number;
  #window: Buffer;
  #baseOffset: number;
  #end = 0;
  #finished: boolean;

  constructor(feed: RunFeed, run: ByteRun, window: Buffer) {
    this.#feed = feed;
    this.#runEnd = run.offset + run.length;
    this.#window = window;
    this.#baseOffset = run.offset;
    this.#finished = run.length === 0;
  }

  get window(): Buffer {
    return this.#window;
  }

  /** Always 0: unread bytes are moved to the front. */
  get start(): number {
    return 0;
  }

  get end(): number {
    return this.#end;
  }

  get baseOffset(): number {
    return this.#baseOffset;
  }

  /** True when the window holds the last byte of the run, so that `advance` brings nothing more. */
  get finished(): boolean {
    return this.#finished;
  }

  /**
   * Drops `consumed` bytes, moves the rest to the front and brings more behind them. Returns a
   * promise only when the bytes must be waited for. A full window of which nothing was consumed
   * cannot advance: give a bigger one with `useWindow` first.
   * @throws {OperatingError} ARCHIVE_CHANGED, ARCHIVE_CORRUPT, ARCHIVE_UNREACHABLE or CANCELLED.
   */
  advance(consumed: number): Promise<void> | undefined {
    assert(consumed >= 0 && consumed <= this.#end, `consumed ${consumed} of ${this.#end}`);
    if (consumed > 0 && consumed < this.#end) this.#window.copyWithin(0, consumed, this.#end);
    this.#end -= consumed;
    this.#baseOffset += consumed;
    if (this.#finished) return undefined;
    assert(this.#end < this.#window.length, 'the window is full and nothing of it was consumed');
    const filled = this.#feed.fill(this.#freePart, this.#baseOffset + this.#end);
    if (typeof filled !== 'number') return filled.then(this.#take);
    this.#take(filled);
    return undefined;
  }

  /**
   * Goes on in a bigger window, keeping the unread bytes. Memory of a WebAssembly module that grew
   * leaves the old view without bytes; they then stand at the front of the new view already.
   */
  useWindow(bigger: Buffer): void {
    assert(bigger.length >= this.#end, `window of ${bigger.length} for ${this.#end} unread bytes`);
    if (this.#window.length > 0) this.#window.copy(bigger, 0, 0, this.#end);
    this.#window = bigger;
  }

  /** Ends read-ahead and gives back what it held. Safe to call twice. */
  close(): void {
    this.#feed.close();
  }

  readonly #freePart = (): Buffer => {
    const room = Math.min(
      this.#window.length - this.#end,
      this.#runEnd - this.#baseOffset - this.#end,
    );
    return this.#window.subarray(this.#end, this.#end + room);
  };

  readonly #take = (filled: number): void => {
    this.#end += filled;
    if (this.#baseOffset + this.#end < this.#runEnd) return;
    this.#finished = true;
    this.#feed.finish();
  };
}
