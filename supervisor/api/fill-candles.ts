import { type Candle, TIMEFRAMES } from '../../src/model/candle.ts';

/** A candle as it is shown; `filled` where nothing was traded and the price is that of before. */
export interface FilledCandle extends Candle {
  readonly filled: boolean;
}

export interface FillBounds {
  /** Last candle with a price before `from`, if there is one. */
  readonly before: Candle | undefined;
  /** First start, a multiple of the candles' length. */
  readonly from: number;
  /** Starts are below it. */
  readonly to: number;
  readonly limit: number;
}

/**
 * Candles without gaps: where none is, or one without a price, the close before it stands, with no volume of its own.
 * Windows before the first price are left out. At most `limit` are given, the earliest.
 * @param candles of one pair and length, in the order of time.
 */
export function fillCandles(candles: readonly Candle[], bounds: FillBounds): FilledCandle[] {
  const { from, to, limit } = bounds;
  const filled: FilledCandle[] = [];
  let last = bounds.before;
  let next = 0;
  const step = TIMEFRAMES[(candles[0] ?? last)?.timeframe ?? '1m'];
  for (let start = from; start < to && filled.length < limit; start += step) {
    const candle = candles[next];
    if (candle?.start === start) {
      next++;
      const priced = candle.close.base > 0n;
      filled.push({
        ...(last === undefined || priced ? candle : flat(candle, last)),
        filled: false,
      });
      if (priced) last = candle;
    } else if (last !== undefined) {
      const nothing = { volumeBase: 0n, volumeQuote: 0n, trades: 0, closed: true, revision: 0 };
      filled.push({ ...flat(last, last), ...nothing, start, filled: true });
    } else if (candle === undefined) break;
    else start = candle.start - step;
  }
  return filled;
}

/** The candle at the price that another ended with. */
function flat(candle: Candle, { close }: Candle): Candle {
  return { ...candle, open: close, high: close, low: close, close };
}
