import type { SlotStatsColumns, StatsVariants } from '../../model/ledger-stats.ts';
import { AccountNumbers } from './account-numbers.ts';
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
  readonly #accounts: AccountNumbers;
  readonly #mentions = new PubkeyMentions(false);
  readonly #loadedMentions: PubkeyMentions | null;
  readonly invocations = new ProgramInvocations(false);
  readonly treeInvocations: ProgramInvocations | null;
  readonly instructions = new SlotInstructions();

  constructor({ variants: { inner, loaded }, ...table }: SlotStatsOptions) {
    this.#accounts = new AccountNumbers({ ...table, withLoaded: inner || loaded });
    this.#loadedMentions = loaded ? new PubkeyMentions(true) : null;
    this.treeInvocations = inner ? new ProgramInvocations(true) : null;
  }

  get keyCount(): number {
    return this.#accounts.table.count;
  }

  get keys(): Int32Array {
    return this.#accounts.table.words;
  }

  get mentions(): Int32Array {
    return this.#mentions.counts;
  }

  get loadedMentions(): Int32Array | null {
    return this.#loadedMentions?.counts ?? null;
  }

  /** @throws {OperatingError} RECORD_TOO_LARGE when the slot holds too many keys. */
  add(transaction: StatsTransaction): void {
    const accounts = this.#accounts;
    accounts.read(transaction);
    this.invocations.add(transaction, accounts);
    this.treeInvocations?.add(transaction, accounts);
    this.instructions.add(transaction, accounts);
    this.#mentions.add(accounts);
    this.#loadedMentions?.add(accounts);
  }

  /** Forgets the slot: it was handed over, or has to be read again. */
  reset(): void {
    const keys = this.keyCount;
    this.invocations.reset(keys);
    this.treeInvocations?.reset(keys);
    this.instructions.reset();
    this.#mentions.reset(keys);
    this.#loadedMentions?.reset(keys);
    this.#accounts.reset();
  }
}
