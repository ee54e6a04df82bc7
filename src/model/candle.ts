/** Lengths of candles by name, in seconds. */
export const TIMEFRAMES = { '1m': 60, '5m': 300, '1h': 3600 } as const;

export type Timeframe = keyof typeof TIMEFRAMES;

/** An exact price: raw quote for raw base, as one swap had it. */
export interface PriceRatio {
  readonly quote: bigint;
  readonly base: bigint;
}

/** What a pool traded in one window of chain time. Never a float: prices are the amounts of the swaps that made them. */
export interface Candle {
  readonly timeframe: Timeframe;
  readonly pool: string;
  readonly baseMint: string;
  readonly quoteMint: string;
  readonly baseDecimals: number | null;
  readonly quoteDecimals: number | null;
  /** Seconds since 1970, a multiple of the window's length. */
  readonly start: number;
  readonly open: PriceRatio;
  readonly high: PriceRatio;
  readonly low: PriceRatio;
  readonly close: PriceRatio;
  readonly volumeBase: bigint;
  readonly volumeQuote: bigint;
  readonly trades: number;
  /** Grows by one whenever anything above changed, from 1. */
  readonly revision: number;
  /** True once chain time has passed the window's end and the lateness. */
  readonly closed: boolean;
}
