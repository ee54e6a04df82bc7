import { INNER_STRIDE } from '../../decode/status-meta-fields.ts';
import { INSTRUCTION_STRIDE } from '../../decode/transaction.ts';
import type { InstructionCounts } from '../../model/ledger-stats.ts';
import type { AccountNumbers } from './account-numbers.ts';
import type { StatsTransaction } from './stats-transaction.ts';

/**
 * Instructions of a slot, top-level and inner, by whether they call the vote program. A transaction with any such
 * instruction counts as a vote here, whatever else it does.
 */
export class SlotInstructions implements InstructionCounts {
  voteInstructions = 0;
  otherInstructions = 0;
  voteTransactions = 0;
  otherTransactions = 0;

  add({ layout, fields }: StatsTransaction, accounts: AccountNumbers): void {
    const { instructions, instructionCount } = layout;
    let votes = 0;
    for (let i = 0; i < instructionCount; i++) {
      if (accounts.isVoteProgram(instructions[i * INSTRUCTION_STRIDE] ?? 0)) votes++;
    }
    for (let i = 0; i < fields.innerCount; i++) {
      if (accounts.isVoteProgram(fields.inner[i * INNER_STRIDE + 1] ?? 0)) votes++;
    }
    this.voteInstructions += votes;
    this.otherInstructions += instructionCount + fields.innerCount - votes;
    if (votes > 0) this.voteTransactions++;
    else this.otherTransactions++;
  }

  reset(): void {
    this.voteInstructions = 0;
    this.otherInstructions = 0;
    this.voteTransactions = 0;
    this.otherTransactions = 0;
  }
}
