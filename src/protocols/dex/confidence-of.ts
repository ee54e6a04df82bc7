import type { SwapConfidence } from '../../model/swap.ts';
import type { SwapEvent } from './dex-program.ts';
import type { SwapCall } from './swap-call.ts';
import type { SwapSide } from './swap-side.ts';

export interface SwapSides {
  readonly in: SwapSide;
  readonly out: SwapSide;
}

/** What the program told of the swap: nothing, or only of another pool. */
export type FoundEvent = SwapEvent | 'other-pool' | undefined;

/** Compares what was transferred with what the program says, and reports every difference with its reason. */
export function confidenceOf(call: SwapCall, sides: SwapSides, event: FoundEvent): SwapConfidence {
  const { program, within } = call;
  if (call.orderOutcome()?.rests === true) {
    call.report('fill-unknown');
    return 'differs';
  }
  if (event === 'other-pool') {
    call.report('event-pool');
    return 'transfers';
  }
  if (event === undefined) {
    if (program.events.length === 0) return 'transfers';
    if (within.logged.truncated) call.report('logs-truncated');
    else if (program.eventsOptional !== true) call.report('event-missing');
    return 'transfers';
  }
  const inAgrees = agrees(sides.in.amount, event.amountIn, event.transferFeeIn);
  const outAgrees = agrees(sides.out.amount, event.amountOut, event.transferFeeOut);
  if (!inAgrees) call.report('event-amount-in');
  if (!outAgrees) call.report('event-amount-out');
  return inAgrees && outAgrees ? 'checked' : 'differs';
}

/** Some events tell amounts with the transfer fee, some without. */
function agrees(transferred: bigint, told: bigint, fee: bigint | null): boolean {
  return transferred === told || transferred === told + (fee ?? 0n);
}
