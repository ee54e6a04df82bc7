import assert from 'node:assert/strict';
import type { StreamFrame } from '../../model/stream-frame.ts';

export interface FrameQueueOptions {
  /** More waiting frames than these ask for a pause. */
  readonly pauseAt: number;
  /** Fewer waiting frames than these end it. */
  readonly resumeAt: number;
  /** The most frames that wait: what was under way when the pause was asked for still comes. */
  readonly capacity: number;
  /** So many waiting bytes ask for a pause, too. */
  readonly bytesMax: number;
}

/** `full` says that the frame was not taken. */
export type PushResult = 'taken' | 'pause' | 'full';

/** Frames between the one who receives and the one who stores. */
export class FrameQueue {
  readonly #options: FrameQueueOptions;
  #frames: StreamFrame[] = [];
  #next = 0;
  #bytes = 0;
  #closed = false;
  #arrived = Promise.withResolvers<void>();
  #drained = Promise.withResolvers<void>();

  constructor(options: FrameQueueOptions) {
    assert(options.resumeAt < options.pauseAt && options.pauseAt <= options.capacity);
    this.#options = options;
  }

  get size(): number {
    return this.#frames.length - this.#next;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(frame: StreamFrame): PushResult {
    const { capacity, pauseAt, bytesMax } = this.#options;
    if (this.#closed || this.size >= capacity) return 'full';
    this.#frames.push(frame);
    this.#bytes += frame.data.length;
    this.#arrived.resolve();
    return this.size > pauseAt || this.#bytes > bytesMax ? 'pause' : 'taken';
  }

  /** Resolves when there are frames; with none when the queue is closed and empty, or the signal aborts. */
  async take(framesMax: number, signal: AbortSignal): Promise<readonly StreamFrame[]> {
    while (this.size === 0 && !this.#closed && !signal.aborted) {
      this.#arrived = Promise.withResolvers();
      await untilSettled(this.#arrived.promise, signal);
    }
    if (signal.aborted) return [];
    const taken = this.#frames.slice(this.#next, this.#next + framesMax);
    this.#next += taken.length;
    for (const { data } of taken) this.#bytes -= data.length;
    this.#forgetTaken();
    if (this.#isLow()) this.#drained.resolve();
    return taken;
  }

  /** Resolves when so little waits that reading may go on, or the signal aborts. */
  async low(signal: AbortSignal): Promise<void> {
    while (!this.#isLow() && !signal.aborted) {
      this.#drained = Promise.withResolvers();
      await untilSettled(this.#drained.promise, signal);
    }
  }

  /** Nothing is taken in any more; what waits can still be taken out. */
  close(): void {
    this.#closed = true;
    this.#arrived.resolve();
  }

  #isLow(): boolean {
    const { resumeAt, bytesMax } = this.#options;
    return this.size === 0 || (this.size < resumeAt && this.#bytes <= bytesMax / 2);
  }

  /** Moves the rest forward only when at least as much was taken, so that each frame moves once on average. */
  #forgetTaken(): void {
    if (this.#next < this.#frames.length - this.#next) return;
    this.#frames = this.#frames.slice(this.#next);
    this.#next = 0;
  }
}

/** The signal may outlive a million waits. */
async function untilSettled(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const wake = (): void => aborted.resolve();
  signal.addEventListener('abort', wake, { once: true });
  await Promise.race([promise, aborted.promise]);
  signal.removeEventListener('abort', wake);
}
