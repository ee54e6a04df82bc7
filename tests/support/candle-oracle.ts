import {
  type Candle,
  type PriceRatio,
  TIMEFRAMES,
  type Timeframe,
} from '../../src/model/candle.ts';
import type { ChainSwaps, PricedSwap } from '../../src/model/swap.ts';
import { type CandleRow, candleOf, candleSelection } from '../../src/sinks/candle-columns.ts';
import type { ClickhouseClient } from '../../src/sinks/clickhouse-client.ts';

/** A candle without what depends on how its swaps arrived. */
export type CandleFacts = Omit<Candle, 'revision' | 'closed'>;

interface PlacedSwap {
  readonly swap: PricedSwap;
  readonly place: readonly number[];
}

/** Candles of every length, worked out from all swaps at once, each swap given once. */
export function expectedCandles(given: readonly ChainSwaps[]): CandleFacts[] {
  return (Object.keys(TIMEFRAMES) as Timeframe[]).flatMap((timeframe) => {
    const windows = new Map<string, { start: number; swaps: PlacedSwap[] }>();
    for (const { slot, txIndex, blockTime, swaps } of given) {
      if (blockTime === null || blockTime === 0) continue;
      const start = blockTime - (blockTime % TIMEFRAMES[timeframe]);
      for (const swap of swaps) {
        const key = [start, swap.pool, swap.baseMint, swap.quoteMint].join();
        const window = windows.get(key) ?? { start, swaps: [] };
        windows.set(key, window);
        const place = [slot, txIndex, swap.outer, swap.inner, swap.hop];
        window.swaps.push({ swap, place });
      }
    }
    return inOrder(
      [...windows.values()].map(({ start, swaps }) => candleFrom(timeframe, start, swaps)),
    );
  });
}

function candleFrom(
  timeframe: Timeframe,
  start: number,
  placed: readonly PlacedSwap[],
): CandleFacts {
  const swaps = [...placed].sort((a, b) => comparePlaces(a.place, b.place)).map(({ swap }) => swap);
  const first = swaps[0] as PricedSwap;
  const prices = swaps
    .filter(({ baseAmount, quoteAmount }) => baseAmount > 0n && quoteAmount > 0n)
    .map(({ baseAmount, quoteAmount }): PriceRatio => ({ base: baseAmount, quote: quoteAmount }));
  const none = { quote: 0n, base: 0n };
  const known = (of: (swap: PricedSwap) => number | null): number | null =>
    swaps.map(of).find((decimals) => decimals !== null) ?? null;
  const isIn = (swap: PricedSwap): boolean => swap.baseMint === swap.mintIn;
  return {
    ...{ timeframe, pool: first.pool, baseMint: first.baseMint, quoteMint: first.quoteMint, start },
    baseDecimals: known((swap) => (isIn(swap) ? swap.decimalsIn : swap.decimalsOut)),
    quoteDecimals: known((swap) => (isIn(swap) ? swap.decimalsOut : swap.decimalsIn)),
    open: prices[0] ?? none,
    high: prices.reduce((best, one) => (isGreater(one, best) ? one : best), prices[0] ?? none),
    low: prices.reduce((best, one) => (isGreater(best, one) ? one : best), prices[0] ?? none),
    close: prices.at(-1) ?? none,
    volumeBase: swaps.reduce((sum, { baseAmount }) => sum + baseAmount, 0n),
    volumeQuote: swaps.reduce((sum, { quoteAmount }) => sum + quoteAmount, 0n),
    trades: swaps.length,
  };
}

/** By cross multiplication, so without any rounding. */
export function isGreater(a: PriceRatio, b: PriceRatio): boolean {
  return a.quote * b.base > b.quote * a.base;
}

function comparePlaces(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

function inOrder<T extends CandleFacts>(candles: T[]): T[] {
  const keyOf = ({ start, pool, baseMint, quoteMint }: CandleFacts): string =>
    [String(start).padStart(10, '0'), pool, baseMint, quoteMint].join();
  return candles.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** All candles of a database as they stand after replacing, in the order of `expectedCandles`. */
export async function readCandles(client: ClickhouseClient): Promise<Candle[]> {
  const candles: Candle[] = [];
  for (const timeframe of Object.keys(TIMEFRAMES) as Timeframe[]) {
    const sql = `SELECT ${candleSelection} FROM ${client.nameOf(`candles_${timeframe}`)} FINAL`;
    const rows = await client.rows<CandleRow>(sql, new AbortController().signal);
    candles.push(...inOrder(rows.map((row) => candleOf(row, timeframe))));
  }
  return candles;
}

export function factsOf({ revision: _, closed: __, ...facts }: Candle): CandleFacts {
  return facts;
}
