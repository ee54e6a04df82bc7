import type { ChainSwaps, PricedSwap, Swap } from '../../src/model/swap.ts';
import { priceSwap } from '../../src/protocols/market/price-swap.ts';

const SWAP: Swap = {
  ...{ outer: 2, inner: -1, hop: 0, program: 'raydium_amm_v4', route: null },
  programId: '675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8',
  pool: '58oQChx4yWmvKdwLLZzBi4ChoCc2fqCUWBkwMihLYQo2',
  user: '9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM',
  ...{ mintIn: 'So11111111111111111111111111111111111111112', decimalsIn: 9 },
  ...{ amountIn: 1_000_000_000n, amountInNet: 1_000_000_000n },
  ...{ mintOut: 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v', decimalsOut: 6 },
  ...{ amountOut: 150_000_000n, amountOutNet: 150_000_000n },
  confidence: 'checked',
};

/** One SOL sold for 150 USDC, but for the changes. */
export function swapWith(changes: Partial<Swap>): Swap {
  return { ...SWAP, ...changes };
}

export function pricedSwapWith(changes: Partial<Swap>): PricedSwap {
  return priceSwap(swapWith(changes));
}

/** One swap of raw SOL and USDC in one pool: even slots sell the SOL, odd ones buy it. */
export function solTrade(
  slot: number,
  blockTime: number | null,
  base: bigint,
  quote: bigint,
): ChainSwaps {
  const { mintIn: sol, mintOut: usdc } = SWAP;
  const sold = slot % 2 === 0;
  const swap = pricedSwapWith({
    ...{ mintIn: sold ? sol : usdc, decimalsIn: sold ? 9 : 6 },
    ...{ mintOut: sold ? usdc : sol, decimalsOut: sold ? 6 : 9 },
    ...{ amountIn: sold ? base : quote, amountInNet: null, amountOut: sold ? quote : base },
  });
  return { slot, txIndex: 0, signature: `s${slot}`, blockTime, swaps: [swap] };
}
