/**
 * How far a swap's amounts can be believed.
 * - `checked`: token transfers and the program's own event or log say the same.
 * - `transfers`: by token transfers alone; the program says nothing, or its word is not there.
 * - `differs`: both spoke and disagree; the transfers are kept, because they are what moved.
 * - `generic`: an unknown program, known as a swap only by the two transfers it caused.
 */
export type SwapConfidence = 'checked' | 'transfers' | 'differs' | 'generic';

/** One exchange with one pool. Amounts are raw: without decimals. */
export interface Swap {
  /** Index of the top-level instruction, from 0. */
  readonly outer: number;
  /** Position of the call to the pool among the inner instructions of `outer`; -1 for the top-level one itself. */
  readonly inner: number;
  /** Counts the pools that a single call trades with, from 0; only two-hop and router calls go above 0. */
  readonly hop: number;
  /** Short name, as `raydium_amm_v4`; the address again for an unknown program. */
  readonly program: string;
  readonly programId: string;
  /** Name of the aggregator that made the call, else the top-level program's address; null when `inner` is -1. */
  readonly route: string | null;
  readonly pool: string;
  readonly user: string;
  readonly mintIn: string;
  /** Null where neither balances nor transfers tell. */
  readonly decimalsIn: number | null;
  /** Sent towards the pool, before a Token-2022 transfer fee. */
  readonly amountIn: bigint;
  /** What of it arrived; null where a fee may have been held back and nothing tells how much. */
  readonly amountInNet: bigint | null;
  readonly mintOut: string;
  readonly decimalsOut: number | null;
  /** Sent by the pool, before a Token-2022 transfer fee. */
  readonly amountOut: bigint;
  readonly amountOutNet: bigint | null;
  readonly confidence: SwapConfidence;
}

/** Why a call to a known swap instruction gave no swap, or one that is not `checked` though it could be. */
export type SwapMismatchReason =
  | 'accounts-missing'
  | 'transfers-missing'
  | 'leg-missing'
  | 'mint-unknown'
  | 'event-missing'
  | 'logs-truncated'
  | 'event-pool'
  | 'event-amount-in'
  | 'event-amount-out'
  | 'native-amount-unknown'
  | 'fill-unknown';

export interface SwapMismatch {
  readonly program: string;
  readonly reason: SwapMismatchReason;
  readonly outer: number;
  readonly inner: number;
}

/** What a transaction traded, in execution order. */
export interface TransactionSwaps {
  readonly swaps: readonly Swap[];
  readonly mismatches: readonly SwapMismatch[];
}

/** A swap as a price: what the pool's vaults gained and lost, as base and quote. */
export interface PricedSwap extends Swap {
  readonly baseMint: string;
  readonly quoteMint: string;
  /** Raw, as it reached or left the pool. */
  readonly baseAmount: bigint;
  readonly quoteAmount: bigint;
  /** Quote tokens for one base token in decimal digits; null where a side is zero or decimals are unknown. */
  readonly price: string | null;
}

/** The swaps of one transaction, in execution order, with its place on the chain. */
export interface ChainSwaps {
  readonly slot: number;
  readonly txIndex: number;
  readonly signature: string;
  /** Seconds since 1970; null where the chain does not tell. */
  readonly blockTime: number | null;
  readonly swaps: readonly PricedSwap[];
}
