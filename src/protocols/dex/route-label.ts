import type { SwapTransaction } from './swap-transaction.ts';

/** Who had the call made: the nearest aggregator among its callers, else the top-level program; null for itself. */
export function routeLabel(within: SwapTransaction, index: number): string | null {
  const { transaction, programs, tree } = within;
  const { instructions } = transaction;
  if ((instructions[index]?.inner ?? -1) < 0) return null;
  let height = tree.heightOf(index);
  for (let at = index - 1; at >= 0; at--) {
    const caller = instructions[at];
    if (caller === undefined) break;
    const callerHeight = tree.heightOf(at);
    const isCaller = height !== null && callerHeight !== null && callerHeight < height;
    // Without heights only the top-level call is surely one of the callers.
    if (caller.inner >= 0 && !isCaller) continue;
    height = callerHeight;
    const known = programs.at(caller.programIndex);
    if (known?.kind === 'aggregator') return known.name;
    if (caller.inner < 0) return within.keyText(caller.programIndex) ?? null;
  }
  return null;
}
