import type { SlotStatsColumns, StatsVariants } from '../../model/ledger-stats.ts';
import type { KeyTableOptions } from './key-table.ts';
import { ProgramInvocations } from './program-invocations.ts';
import { PubkeyMentions } from './pubkey-mentions.ts';
import { SlotInstructions } from './slot-instructions.ts';
import type { StatsTransaction } from './stats-transaction.ts';

export interface SlotStatsOptions extends KeyTableOptions {
  readonly variants: StatsVariants;
}

/** All that is counted of one slot; made once and reset for each. */
export class SlotStats implements SlotStatsColumns {
  readonly invocations: ProgramInvocations;
  readonly treeInvocations: ProgramInvocations | null;
  readonly instructions = new SlotInstructions();
  readonly mentions: PubkeyMentions;

  constructor({ variants, keysMax, random }: SlotStatsOptions) {
    const table = { keysMax, random };
    this.invocations = new ProgramInvocations({ ...table, wholeTree: false });
    this.treeInvocations = variants.inner
      ? new ProgramInvocations({ ...table, wholeTree: true })
      : null;
    this.mentions = new PubkeyMentions({ ...table, loaded: variants.loaded });
  }

  /** @throws {OperatingError} RECORD_TOO_LARGE when the slot holds too many keys. */
  add(transaction: StatsTransaction): void {
    this.invocations.add(transaction);
    this.treeInvocations?.add(transaction);
    this.instructions.add(transaction);
    this.mentions.add(transaction);
  }

  /** Forgets the slot: it was handed over, or has to be read again. */
  reset(): void {
    this.invocations.reset();
    this.treeInvocations?.reset();
    this.instructions.reset();
    this.mentions.reset();
  }
}
