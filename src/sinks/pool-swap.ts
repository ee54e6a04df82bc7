import type { PricedSwap, SwapConfidence } from '../model/swap.ts';

/** A swap with its place on the chain. */
export interface PoolSwap extends PricedSwap {
  readonly slot: number;
  readonly txIndex: number;
  readonly signature: string;
  /** Seconds since 1970; null where the chain does not tell. */
  readonly blockTime: number | null;
}

/** Columns of `swaps` that a `PoolSwapRow` is made of. */
export const poolSwapColumns = `slot, tx_index, outer, inner, hop, toUnixTimestamp(block_time) AS time, signature,
  program, program_id, route, pool, user, mint_in, decimals_in, amount_in, amount_in_net,
  mint_out, decimals_out, amount_out, amount_out_net,
  base_mint, quote_mint, base_amount, quote_amount, price, confidence`;

export interface PoolSwapRow {
  readonly slot: string;
  readonly tx_index: number;
  readonly outer: number;
  readonly inner: number;
  readonly hop: number;
  readonly time: number;
  readonly signature: string;
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
  readonly base_amount: string;
  readonly quote_amount: string;
  readonly price: string;
  readonly confidence: SwapConfidence;
}

export function poolSwapOf(row: PoolSwapRow): PoolSwap {
  return {
    slot: Number(row.slot),
    txIndex: row.tx_index,
    signature: row.signature,
    blockTime: row.time === 0 ? null : row.time,
    ...{ outer: row.outer, inner: row.inner, hop: row.hop },
    ...{ program: row.program, programId: row.program_id, route: row.route },
    ...{ pool: row.pool, user: row.user },
    ...{ mintIn: row.mint_in, decimalsIn: row.decimals_in, amountIn: BigInt(row.amount_in) },
    amountInNet: bigintOrNull(row.amount_in_net),
    ...{ mintOut: row.mint_out, decimalsOut: row.decimals_out, amountOut: BigInt(row.amount_out) },
    amountOutNet: bigintOrNull(row.amount_out_net),
    ...{ baseMint: row.base_mint, quoteMint: row.quote_mint },
    ...{ baseAmount: BigInt(row.base_amount), quoteAmount: BigInt(row.quote_amount) },
    price: row.price === '' ? null : row.price,
    confidence: row.confidence,
  };
}

function bigintOrNull(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}
