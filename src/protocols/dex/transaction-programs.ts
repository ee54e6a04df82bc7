import type { LedgerTransaction } from '../../model/ledger-transaction.ts';
import { type KnownProgram, knownProgramAt } from './known-programs.ts';

/** Which of a transaction's instructions belong to known programs; each key is looked up once. */
export class TransactionPrograms {
  readonly #keys: Uint8Array;
  readonly #known: (KnownProgram | null | undefined)[] = [];

  constructor({ accountKeys }: LedgerTransaction) {
    this.#keys = accountKeys;
  }

  at(programIndex: number): KnownProgram | null {
    let known = this.#known[programIndex];
    if (known === undefined) {
      known = knownProgramAt(this.#keys, programIndex) ?? null;
      this.#known[programIndex] = known;
    }
    return known;
  }
}
