import { VOTE_PROGRAM } from '../../decode/vote-transaction.ts';
import { KEY_WORDS } from '../../model/ledger-stats.ts';
import { KeyTable, type KeyTableOptions } from './key-table.ts';
import type { StatsTransaction } from './stats-transaction.ts';

const VOTE_WORDS = Int32Array.from({ length: KEY_WORDS }, (_, word) =>
  VOTE_PROGRAM.readInt32LE(word * 4),
);

/** The accounts of one transaction as numbers of the slot's keys, so that each key is looked up once a transaction. */
export class AccountNumbers {
  readonly table: KeyTable;
  readonly #withLoaded: boolean;
  /** By account index: static accounts, then, where asked for, loaded writable and loaded read-only ones. */
  numbers = new Int32Array(256);
  staticCount = 0;
  /** Of all that have a number. */
  count = 0;
  #voteKey = -1;

  constructor(options: KeyTableOptions & { readonly withLoaded: boolean }) {
    this.table = new KeyTable(options);
    this.#withLoaded = options.withLoaded;
  }

  /** @throws {OperatingError} RECORD_TOO_LARGE when the slot has too many keys. */
  read({ wire, layout, metadata, fields }: StatsTransaction): void {
    const { keyCount, keysStart } = layout;
    const { loadedWritable, loadedWritableCount, loadedReadonly, loadedReadonlyCount } = fields;
    const total = keyCount + loadedWritableCount + loadedReadonlyCount;
    if (total > this.numbers.length) this.numbers = new Int32Array(total * 2);
    const { table, numbers } = this;
    for (let i = 0; i < keyCount; i++) numbers[i] = table.find(wire, keysStart + i * 32);
    this.staticCount = keyCount;
    this.count = keyCount;
    if (!this.#withLoaded) return;
    for (let i = 0; i < loadedWritableCount; i++) {
      numbers[this.count++] = table.find(metadata, loadedWritable[i] ?? 0);
    }
    for (let i = 0; i < loadedReadonlyCount; i++) {
      numbers[this.count++] = table.find(metadata, loadedReadonly[i] ?? 0);
    }
  }

  /** Whether the account with this index is the vote program; one that is not static never is. */
  isVoteProgram(index: number): boolean {
    if (index >= this.staticCount) return false;
    const key = this.numbers[index] ?? 0;
    if (this.#voteKey >= 0) return key === this.#voteKey;
    const { words } = this.table;
    for (let word = 0; word < KEY_WORDS; word++) {
      if (words[key * KEY_WORDS + word] !== VOTE_WORDS[word]) return false;
    }
    this.#voteKey = key;
    return true;
  }

  /** Forgets the keys of the slot. */
  reset(): void {
    this.table.reset();
    this.#voteKey = -1;
  }
}
