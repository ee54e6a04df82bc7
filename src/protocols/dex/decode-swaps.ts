import type { LedgerTransaction } from '../../model/ledger-transaction.ts';
import type { Swap, TransactionSwaps } from '../../model/swap.ts';
import type { SwapForm } from './dex-program.ts';
import { genericSwap } from './generic-swap.ts';
import { orderedSwap } from './ordered-swap.ts';
import { SwapCall } from './swap-call.ts';
import { type SwapMeta, SwapTransaction } from './swap-transaction.ts';
import { TransactionPrograms } from './transaction-programs.ts';
import { vaultSwaps } from './vault-swaps.ts';

export interface DecodeSwapsOptions {
  /** Also swaps of unknown programs, recognised by their transfers alone. */
  readonly generic: boolean;
}

const NOTHING: TransactionSwaps = { swaps: [], mismatches: [] };

/**
 * Every swap of a transaction, in execution order, wherever in the tree of calls it was made. A failed transaction has
 * none, and neither has an aggregator: its hops are the pools' own swaps. Never throws over what the chain holds:
 * what does not fit is listed in `mismatches`.
 */
export function decodeSwaps(
  transaction: LedgerTransaction,
  meta: SwapMeta,
  { generic }: DecodeSwapsOptions,
): TransactionSwaps {
  if (transaction.failed) return NOTHING;
  const programs = new TransactionPrograms(transaction);
  const swaps: Swap[] = [];
  let within: SwapTransaction | undefined;
  let knownUntil = 0;
  for (let index = 0; index < transaction.instructions.length; index++) {
    const instruction = transaction.instructions[index];
    if (instruction === undefined) break;
    const known = programs.at(instruction.programIndex);
    const { data, accounts } = instruction;
    const form = known?.kind === 'dex' ? known.forms.find(data, accounts.length) : undefined;
    if (known?.kind === 'dex' && form !== undefined) {
      within ??= new SwapTransaction(transaction, programs, meta);
      const call = new SwapCall(within, { index, instruction, program: known.program });
      for (const swap of swapsOf(call, form)) swaps.push(swap);
      knownUntil = Math.max(knownUntil, call.end);
    } else if (generic && known === null && index >= knownUntil) {
      within ??= new SwapTransaction(transaction, programs, meta);
      const swap = genericSwap(within, index, instruction);
      if (swap !== undefined) swaps.push(swap);
    }
  }
  return within === undefined ? NOTHING : { swaps, mismatches: within.mismatches };
}

function swapsOf(call: SwapCall, form: SwapForm): readonly Swap[] {
  return 'pools' in form ? vaultSwaps(call, form) : orderedSwap(call, form);
}
