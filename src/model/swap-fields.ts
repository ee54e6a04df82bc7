import type { PricedSwap, Swap } from './swap.ts';

/** How JSON tells of swaps, in messages, on the command line and in the API alike. */

/** `inner` is null for a top-level instruction. */
export function positionFields({ outer, inner, hop }: Swap) {
  return { outer, inner: inner < 0 ? null : inner, hop };
}

/** Amounts are decimal texts, because JSON numbers lose digits. */
export function swapFields(swap: Swap) {
  return {
    program: swap.program,
    program_id: swap.programId,
    route: swap.route,
    pool: swap.pool,
    user: swap.user,
    mint_in: swap.mintIn,
    decimals_in: swap.decimalsIn,
    amount_in: `${swap.amountIn}`,
    amount_in_net: swap.amountInNet === null ? null : `${swap.amountInNet}`,
    mint_out: swap.mintOut,
    decimals_out: swap.decimalsOut,
    amount_out: `${swap.amountOut}`,
    amount_out_net: swap.amountOutNet === null ? null : `${swap.amountOutNet}`,
    confidence: swap.confidence,
  };
}

export function priceFields({ baseMint, quoteMint, price }: PricedSwap) {
  return { base_mint: baseMint, quote_mint: quoteMint, price };
}
