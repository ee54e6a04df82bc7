import type { Swap } from '../../model/swap.ts';
import type { TransferForm } from './dex-program.ts';
import type { SwapCall } from './swap-call.ts';
import { swapOfTransfers } from './swap-of-transfers.ts';

/** The swap of a call that is known only by the order of its first two transfers. */
export function orderedSwap(call: SwapCall, form: TransferForm): Swap[] {
  const [first, second] = call.transfers;
  if (first === undefined || second === undefined) {
    if (call.program.orderBook !== true) call.report('transfers-missing');
    return [];
  }
  const poolIndex = form.pool === null ? undefined : call.keyIndex(form.pool);
  const [sold, bought] = form.paysFirst === true ? [second, first] : [first, second];
  const swap = swapOfTransfers(call, { sold, bought, poolIndex, confidence: 'transfers' });
  if (swap === undefined) call.report('mint-unknown');
  return swap === undefined ? [] : [swap];
}
