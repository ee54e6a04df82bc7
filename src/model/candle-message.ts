import type { Timeframe } from './candle.ts';
import type { CHAIN_ID } from './swap-message.ts';

/**
 * What stands on `dex.sol.candles.1m`, `.5m` and `.1h`: one revision of one candle. A higher revision replaces a lower
 * one. The JSON Schema in docs/schemas says the same.
 */

export const CANDLE_MESSAGE_VERSION = 1;

export interface CandleMessage {
  readonly version: typeof CANDLE_MESSAGE_VERSION;
  readonly chain_id: typeof CHAIN_ID;
  readonly timeframe: Timeframe;
  readonly pool: string;
  readonly base_mint: string;
  readonly quote_mint: string;
  readonly base_decimals: number | null;
  readonly quote_decimals: number | null;
  /** Seconds since 1970; the window is [start, end). */
  readonly start: number;
  readonly end: number;
  readonly open: CandlePrice | null;
  readonly high: CandlePrice | null;
  readonly low: CandlePrice | null;
  readonly close: CandlePrice | null;
  /** Raw amounts. */
  readonly volume_base: string;
  readonly volume_quote: string;
  readonly trades: number;
  readonly revision: number;
  readonly closed: boolean;
}

/** An exact price: raw quote for raw base; `price` is the same in whole tokens, in decimal digits. */
export interface CandlePrice {
  readonly price: string | null;
  readonly quote: string;
  readonly base: string;
}
