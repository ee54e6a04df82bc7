import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingError } from '../../core/errors.ts';
import type { Candle } from '../../model/candle.ts';
import type { SinkMetrics } from '../../ops/sink-metrics.ts';
import type { ClickhouseClient } from '../../sinks/clickhouse-client.ts';
import { buildCandles } from '../candles/build-candles.ts';

export interface CandleLoopOptions {
  readonly client: ClickhouseClient;
  readonly latenessSeconds: number;
  /** Resolves when the revisions are durable for whoever reads the stream. */
  readonly publish: (candles: readonly Candle[], signal: AbortSignal) => Promise<void>;
  /** Told about what passes by itself, such as a ClickHouse that is away. */
  readonly onFault: (error: OperatingError) => void;
  readonly metrics: SinkMetrics;
}

/** Between two looks for windows that closed. */
const INTERVAL_MS = 2_000;
/**
 * A pass is followed by a pause of so many times its length: while much is written, windows are not worked out again
 * for every part of it, and the server has most of its time for the writing.
 */
const PAUSE_PER_PASS = 4;
const FAULT_PAUSE_MS = 1_000;
/** A candle takes about a kilobyte while it is handed on. */
const WINDOWS_PER_PAGE = 10_000;

/**
 * Builds candles one pass after another: by itself those whose window has closed in chain time, when it is asked all
 * that changed. One loop alone writes candles, so revisions are counted without a gap.
 */
export class CandleLoop {
  readonly #options: CandleLoopOptions;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  passesAsked = 0;
  passesDone = 0;
  written = 0;

  constructor(options: CandleLoopOptions) {
    this.#options = options;
  }

  /** Asks for a pass over every window that changed until now. */
  ask(): void {
    this.passesAsked++;
    this.#wake.resolve();
  }

  /** Ends when the signal aborts. @throws what no repeating mends. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const begunAt = performance.now();
        await this.#pass(signal);
        await this.#pause((performance.now() - begunAt) * PAUSE_PER_PASS, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof OperatingError) || !error.retryable) throw error;
        this.#options.onFault(error);
        await sleep(FAULT_PAUSE_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #pass(signal: AbortSignal): Promise<void> {
    const { client, latenessSeconds, publish } = this.#options;
    const asked = this.passesAsked;
    const mode = asked > this.passesDone ? 'all' : 'closed';
    const windowsPerPage = WINDOWS_PER_PAGE;
    const options = { client, latenessSeconds, publish, mode, windowsPerPage } as const;
    const { published } = await buildCandles(options, signal);
    this.written += published;
    this.#options.metrics.candles.inc(published);
    if (mode === 'all') this.passesDone = asked;
  }

  /** Until it is asked, or for the interval or the given time, whichever is longer. */
  async #pause(leastMs: number, signal: AbortSignal): Promise<void> {
    if (this.passesAsked > this.passesDone) return;
    this.#wake = Promise.withResolvers<void>();
    const over = new AbortController();
    const limit = AbortSignal.any([signal, over.signal]);
    const timer = sleep(Math.max(INTERVAL_MS, leastMs), undefined, { signal: limit }).catch(
      () => {},
    );
    await Promise.race([timer, this.#wake.promise]);
    over.abort();
  }
}
