import type { LedgerInstruction } from '../../model/ledger-transaction.ts';
import type { Swap, SwapConfidence } from '../../model/swap.ts';
import type { SwapSides } from './confidence-of.ts';
import { routeLabel } from './route-label.ts';
import type { SwapTransaction } from './swap-transaction.ts';

/** The call that made the swap. */
export interface SwapOrigin {
  readonly within: SwapTransaction;
  readonly index: number;
  readonly instruction: LedgerInstruction;
  readonly program: { readonly name: string; readonly id: string };
}

interface SwapParties {
  readonly hop: number;
  readonly pool: string;
  readonly user: string;
  readonly confidence: SwapConfidence;
}

/** Puts a swap together; all that is not in `parties` and `sides` follows from the call. */
export function swapOfSides(
  { within, index, instruction, program }: SwapOrigin,
  parties: SwapParties,
  sides: SwapSides,
): Swap {
  return {
    outer: instruction.outer,
    inner: instruction.inner,
    hop: parties.hop,
    program: program.name,
    programId: program.id,
    route: routeLabel(within, index),
    pool: parties.pool,
    user: parties.user,
    mintIn: sides.in.mint,
    decimalsIn: sides.in.decimals,
    amountIn: sides.in.amount,
    amountInNet: sides.in.net,
    mintOut: sides.out.mint,
    decimalsOut: sides.out.decimals,
    amountOut: sides.out.amount,
    amountOutNet: sides.out.net,
    confidence: parties.confidence,
  };
}
