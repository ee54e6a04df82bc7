import type { Candle, Timeframe } from '../model/candle.ts';

/** What makes two revisions of a candle different, by the names of the columns. */
const CONTENT = [
  ...['base_decimals', 'quote_decimals', 'open_quote', 'open_base', 'high_quote', 'high_base'],
  ...['low_quote', 'low_base', 'close_quote', 'close_base'],
  ...['volume_base', 'volume_quote', 'trades', 'slot_first', 'slot_last'],
] as const;

export const CANDLE_KEY = 'pool, base_mint, quote_mint, start';
/** Columns that a fold or a recount works out. */
export const CANDLE_FACTS = [...CONTENT, 'open_position', 'close_position'] as const;

/** The columns of `CONTENT` of one table as a tuple that compares well: nothing in it is missing. */
export function contentOf(table: string): string {
  const terms = CONTENT.map((name) =>
    name.endsWith('_decimals') ? `ifNull(toInt16(${table}.${name}), -1)` : `${table}.${name}`,
  );
  return `(${terms.join(', ')})`;
}

/** A row as `SELECT ${candleSelection}` gives it. */
export interface CandleRow {
  readonly pool: string;
  readonly base_mint: string;
  readonly quote_mint: string;
  readonly time: number;
  readonly base_decimals: number | null;
  readonly quote_decimals: number | null;
  readonly open: readonly [string, string];
  readonly high: readonly [string, string];
  readonly low: readonly [string, string];
  readonly close: readonly [string, string];
  readonly base_volume: string;
  readonly quote_volume: string;
  readonly trades: string;
  readonly revision: number;
  readonly closed: number;
}

/** Everything about a candle; numbers that JSON would round come as texts. */
export const candleSelection = `pool, base_mint, quote_mint, toUnixTimestamp(start) AS time,
  base_decimals, quote_decimals, [open_quote, open_base] AS open, [high_quote, high_base] AS high,
  [low_quote, low_base] AS low, [close_quote, close_base] AS close,
  toString(volume_base) AS base_volume, toString(volume_quote) AS quote_volume, trades, revision, closed`;

export function candleOf(row: CandleRow, timeframe: Timeframe): Candle {
  return {
    timeframe,
    pool: row.pool,
    baseMint: row.base_mint,
    quoteMint: row.quote_mint,
    baseDecimals: row.base_decimals,
    quoteDecimals: row.quote_decimals,
    start: row.time,
    open: ratioOf(row.open),
    high: ratioOf(row.high),
    low: ratioOf(row.low),
    close: ratioOf(row.close),
    volumeBase: BigInt(row.base_volume),
    volumeQuote: BigInt(row.quote_volume),
    trades: Number(row.trades),
    revision: row.revision,
    closed: row.closed === 1,
  };
}

function ratioOf([quote, base]: readonly [string, string]): Candle['open'] {
  return { quote: BigInt(quote), base: BigInt(base) };
}
