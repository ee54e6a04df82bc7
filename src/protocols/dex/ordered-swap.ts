import type { Swap } from '../../model/swap.ts';
import type { TransferForm } from './dex-program.ts';
import type { SwapCall } from './swap-call.ts';
import { swapOfSides } from './swap-of-sides.ts';
import { tokenSide } from './swap-side.ts';

/** The swap of a call that is known only by the order of its transfers: what was sold, then what was bought. */
export function orderedSwap(call: SwapCall, form: TransferForm): Swap[] {
  const { within, transfers } = call;
  const sold = transfers[form.sold];
  const bought = transfers[form.bought];
  const pool = within.keyText(call.keyIndex(form.pool));
  const user = within.keyText(call.keyIndex(form.user));
  if (sold === undefined || bought === undefined) {
    call.report('transfers-missing');
    return [];
  }
  if (pool === undefined || user === undefined) {
    call.report('accounts-missing');
    return [];
  }
  const sideIn = tokenSide(within, sold.destination, [sold], undefined);
  const sideOut = tokenSide(within, bought.source, [bought], undefined);
  if (sideIn === undefined || sideOut === undefined) {
    call.report('mint-unknown');
    return [];
  }
  const sides = { in: sideIn, out: sideOut };
  return [swapOfSides(call, { hop: 0, pool, user, confidence: 'transfers' }, sides)];
}
