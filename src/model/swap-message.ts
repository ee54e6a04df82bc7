/**
 * What stands on `dex.sol.swaps`: one message a transaction, with its swaps in execution order.
 * Amounts are decimal texts, because JSON numbers lose digits. The JSON Schema in docs/schemas says the same.
 */

/** Written in every message; a change that a reader could trip over gets the next one. */
export const SWAP_MESSAGE_VERSION = 1;

/** Solana among the chains, as SLIP-44 numbers coins. */
export const CHAIN_ID = 501;

export const SWAPS_SUBJECT = 'dex.sol.swaps';

export interface SwapMessage {
  readonly version: typeof SWAP_MESSAGE_VERSION;
  readonly chain_id: typeof CHAIN_ID;
  readonly slot: number;
  /** Seconds since 1970; null where the chain does not tell. */
  readonly block_time: number | null;
  readonly signature: string;
  readonly tx_index: number;
  readonly swaps: readonly SwapMessageEntry[];
}

export interface SwapMessageEntry {
  /** `inner` is null for a top-level instruction. */
  readonly position: {
    readonly outer: number;
    readonly inner: number | null;
    readonly hop: number;
  };
  readonly program: string;
  readonly program_id: string;
  readonly route: string | null;
  readonly pool: string;
  readonly user: string;
  readonly mint_in: string;
  readonly decimals_in: number | null;
  readonly amount_in: string;
  readonly amount_in_net: string | null;
  readonly mint_out: string;
  readonly decimals_out: number | null;
  readonly amount_out: string;
  readonly amount_out_net: string | null;
  readonly base_mint: string;
  readonly quote_mint: string;
  readonly price: string | null;
  readonly confidence: 'checked' | 'transfers' | 'differs' | 'generic';
}
