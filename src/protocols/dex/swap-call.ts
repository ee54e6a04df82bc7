import type { LedgerInstruction } from '../../model/ledger-transaction.ts';
import type { SwapMismatchReason } from '../../model/swap.ts';
import type { DexProgram, OrderOutcome, SwapEvent } from './dex-program.ts';
import { findEvents } from './find-events.ts';
import type { SwapTransaction } from './swap-transaction.ts';
import type { TokenTransfer } from './token-transfer.ts';

interface CallOfProgram {
  readonly index: number;
  readonly instruction: LedgerInstruction;
  readonly program: DexProgram;
}

/** One call of a known program that may be a swap. */
export class SwapCall {
  readonly within: SwapTransaction;
  readonly program: DexProgram;
  readonly instruction: LedgerInstruction;
  /** Token transfers that the call caused, directly or through others. */
  readonly transfers: readonly TokenTransfer[];
  readonly index: number;
  /** Index behind the last call that this one caused. */
  readonly end: number;

  constructor(within: SwapTransaction, { index, instruction, program }: CallOfProgram) {
    this.within = within;
    this.program = program;
    this.instruction = instruction;
    this.index = index;
    this.end = within.tree.endOf(index);
    this.transfers = within.transfers.filter(({ at }) => at > index && at < this.end);
  }

  /** Index of the key at a position of the call's accounts. */
  keyIndex(position: number): number | undefined {
    return this.instruction.accounts[position];
  }

  events(): readonly SwapEvent[] {
    const { program, within } = this;
    if (program.events.length === 0) return [];
    return findEvents(program, this.#selfCalls(), () => within.logged.of(this.index));
  }

  /** What an order book tells of this order; undefined where it tells nothing. */
  orderOutcome(): OrderOutcome | undefined {
    const { readOrder } = this.program;
    if (readOrder === undefined) return undefined;
    for (const { data } of this.#selfCalls()) {
      const outcome = readOrder(data);
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  report(reason: SwapMismatchReason): void {
    const { outer, inner } = this.instruction;
    this.within.mismatches.push({ program: this.program.name, reason, outer, inner });
  }

  #selfCalls(): LedgerInstruction[] {
    const { instructions } = this.within.transaction;
    return instructions
      .slice(this.index + 1, this.end)
      .filter(({ programIndex }) => programIndex === this.instruction.programIndex);
  }
}
