import type { Swap, SwapConfidence } from '../../model/swap.ts';
import { type SwapOrigin, swapOfSides } from './swap-of-sides.ts';
import { tokenSide } from './swap-side.ts';
import type { TokenTransfer } from './token-transfer.ts';

interface Exchange {
  readonly sold: TokenTransfer;
  readonly bought: TokenTransfer;
  /** Index of the pool's key, where it is known. */
  readonly poolIndex: number | undefined;
  readonly confidence: SwapConfidence;
}

/**
 * A swap that two transfers tell alone. Its user is who owned what was sold, or signed for it; an unknown pool is who
 * owned what was bought.
 * @returns undefined when a mint is unknown or both are the same.
 */
export function swapOfTransfers(
  origin: SwapOrigin,
  { sold, bought, poolIndex, confidence }: Exchange,
): Swap | undefined {
  const { within } = origin;
  const sideIn = tokenSide(within, sold.destination, [sold], undefined);
  const sideOut = tokenSide(within, bought.source, [bought], undefined);
  if (sideIn === undefined || sideOut === undefined || sideIn.mint === sideOut.mint) {
    return undefined;
  }
  const { accounts } = within;
  const user = accounts.ownerOf(sold.source) ?? within.keyText(sold.authority);
  const pool =
    within.keyText(poolIndex) ?? accounts.ownerOf(bought.source) ?? within.keyText(bought.source);
  if (user === undefined || pool === undefined) return undefined;
  return swapOfSides(origin, { hop: 0, pool, user, confidence }, { in: sideIn, out: sideOut });
}
