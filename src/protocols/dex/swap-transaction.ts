import { encodeBase58 } from '../../core/base58.ts';
import { accountKeyAt, type LedgerTransaction } from '../../model/ledger-transaction.ts';
import type { StatusMeta } from '../../model/status-meta.ts';
import type { SwapMismatch } from '../../model/swap.ts';
import { CallTree } from './call-tree.ts';
import { LoggedEvents } from './logged-events.ts';
import { TokenAccounts } from './token-accounts.ts';
import { readTokenTransfers, type TokenTransfer } from './token-transfer.ts';
import type { TransactionPrograms } from './transaction-programs.ts';

/** What swaps are decoded from besides the transaction itself; each part is asked for only where it is needed. */
export type SwapMeta = Pick<StatusMeta, 'logMessages' | 'preTokenBalances' | 'postTokenBalances'>;

/** One transaction with everything that its swaps have in common, worked out once and on demand. */
export class SwapTransaction {
  readonly transaction: LedgerTransaction;
  readonly programs: TransactionPrograms;
  readonly tree: CallTree;
  readonly transfers: readonly TokenTransfer[];
  readonly accounts: TokenAccounts;
  readonly mismatches: SwapMismatch[] = [];
  readonly #meta: SwapMeta;
  readonly #keyTexts: (string | undefined)[] = [];
  #logged: LoggedEvents | undefined;

  constructor(transaction: LedgerTransaction, programs: TransactionPrograms, meta: SwapMeta) {
    this.transaction = transaction;
    this.programs = programs;
    this.tree = new CallTree(transaction, programs, meta);
    this.transfers = readTokenTransfers(transaction, programs);
    this.accounts = new TokenAccounts(meta);
    this.#meta = meta;
  }

  get logged(): LoggedEvents {
    this.#logged ??= new LoggedEvents(
      this.transaction,
      this.programs,
      this.#meta.logMessages ?? [],
    );
    return this.#logged;
  }

  /** Key number `index` in base58; undefined where the transaction has fewer keys. */
  keyText(index: number | undefined): string | undefined {
    if (index === undefined) return undefined;
    let text = this.#keyTexts[index];
    if (text === undefined) {
      const key = accountKeyAt(this.transaction, index);
      text = key === undefined ? undefined : encodeBase58(key);
      this.#keyTexts[index] = text;
    }
    return text;
  }
}
