import type { PriceRatio } from '../../model/candle.ts';
import type { PricedSwap, Swap } from '../../model/swap.ts';
import { decimalRatio } from './decimal-ratio.ts';
import { isBaseOf } from './orient-pair.ts';

/** Decimals of both tokens of a pair; null where the chain did not tell. */
export interface PairDecimals {
  readonly base: number | null;
  readonly quote: number | null;
}

/**
 * The swap as a price. It is made of what the pool's vaults gained and lost: the amount in after a transfer fee, as
 * far as that is known, and the amount out before one.
 */
export function priceSwap(swap: Swap): PricedSwap {
  const { mintIn, mintOut, decimalsIn, decimalsOut, amountOut } = swap;
  const gained = swap.amountInNet ?? swap.amountIn;
  if (isBaseOf(mintIn, mintOut)) {
    const decimals = { base: decimalsIn, quote: decimalsOut };
    const price = priceText({ quote: amountOut, base: gained }, decimals);
    const amounts = { baseAmount: gained, quoteAmount: amountOut };
    return { ...swap, baseMint: mintIn, quoteMint: mintOut, ...amounts, price };
  }
  const decimals = { base: decimalsOut, quote: decimalsIn };
  const price = priceText({ quote: gained, base: amountOut }, decimals);
  const amounts = { baseAmount: amountOut, quoteAmount: gained };
  return { ...swap, baseMint: mintOut, quoteMint: mintIn, ...amounts, price };
}

/**
 * Quote tokens for one base token as decimal text, see `decimalRatio`; null where a side is zero or the decimals of
 * a token are unknown.
 */
export function priceText({ quote, base }: PriceRatio, decimals: PairDecimals): string | null {
  if (quote === 0n || base === 0n) return null;
  if (decimals.base === null || decimals.quote === null) return null;
  return decimalRatio(quote, base, decimals.base - decimals.quote);
}
