/**
 * Keeps candles in step with the swaps in ClickHouse. How swaps get there is not decided here, nor where revisions
 * are handed on to.
 */
import { type Candle, TIMEFRAMES, type Timeframe } from '../../model/candle.ts';
import { crashPoint } from '../../ops/crash-point.ts';
import { CandleStore, FIRST_WINDOW } from '../../sinks/candle-store.ts';
import type { ClickhouseClient } from '../../sinks/clickhouse-client.ts';

export interface BuildOptions {
  readonly client: ClickhouseClient;
  /** `closed`: windows whose end and lateness chain time has passed. `all`: every window, those still open as such. */
  readonly mode: 'closed' | 'all';
  /** Chain time that a window stays open after its end. */
  readonly latenessSeconds: number;
  /** Windows that are worked on at once; their candles are in memory. */
  readonly windowsPerPage: number;
  /**
   * Takes new revisions on; resolves when they are safe. The same revision may come again, and is then the same.
   * Nothing is noted as handed on before.
   */
  readonly publish: (candles: readonly Candle[], signal: AbortSignal) => Promise<void>;
}

export interface BuiltCandles {
  /** Windows that were looked at, of all lengths. */
  readonly windows: number;
  /** Revisions that were handed on. */
  readonly published: number;
  /** Chain time at the start, in seconds since 1970; 0 without swaps. */
  readonly watermark: number;
}

/**
 * Looks at every window that may have changed since it was last up to date. Shorter windows come first, since longer
 * ones are folded from them. A crash at any point repeats what was not settled: a revision is in its table before it
 * is handed on, and the next one is made only after it was. For one process at a time.
 * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED, DISK_FULL, and what `publish` throws.
 */
export async function buildCandles(
  options: BuildOptions,
  signal: AbortSignal,
): Promise<BuiltCandles> {
  const store = new CandleStore(options.client);
  const watermark = await store.watermark(signal);
  let windows = 0;
  let published = 0;
  for (const timeframe of Object.keys(TIMEFRAMES) as Timeframe[]) {
    const closedUntil = watermark - options.latenessSeconds - TIMEFRAMES[timeframe];
    const until = options.mode === 'closed' ? closedUntil : null;
    const limit = options.windowsPerPage;
    for (let after = FIRST_WINDOW; ; ) {
      const page = await store.pick({ timeframe, after, until, limit }, signal);
      if (page === undefined) break;
      windows += page.windows;
      published += await buildPage({ store, timeframe, closedUntil, options }, signal);
      after = page.last;
    }
  }
  return { windows, published, watermark };
}

interface PageWork {
  readonly store: CandleStore;
  readonly timeframe: Timeframe;
  readonly closedUntil: number;
  readonly options: BuildOptions;
}

async function buildPage(work: PageWork, signal: AbortSignal): Promise<number> {
  const { store, timeframe, closedUntil } = work;
  // What an interrupted run left is handed on before the next revision takes its place.
  const left = await publishNew(work, signal);
  await store.rewrite(timeframe, closedUntil, signal);
  crashPoint('candles-before-publish');
  const fresh = await publishNew(work, signal);
  crashPoint('candles-before-settle');
  await store.settle(timeframe, closedUntil, signal);
  return left + fresh;
}

async function publishNew(
  { store, timeframe, options }: PageWork,
  signal: AbortSignal,
): Promise<number> {
  const candles = await store.unpublished(timeframe, signal);
  if (candles.length === 0) return 0;
  await options.publish(candles, signal);
  crashPoint('candles-after-publish');
  await store.markPublished(timeframe, signal);
  return candles.length;
}
