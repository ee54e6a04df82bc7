import type { StatusMeta, TokenBalance } from '../../model/status-meta.ts';

export type TokenBalances = Pick<StatusMeta, 'preTokenBalances' | 'postTokenBalances'>;

/** Raw amounts are texts, and old records hold empty ones. */
const WHOLE = /^\d+$/;

/** What the balances before and after a transaction tell about its token accounts, by index of the key. */
export class TokenAccounts {
  readonly #before: (TokenBalance | undefined)[] = [];
  readonly #after: (TokenBalance | undefined)[] = [];

  constructor({ preTokenBalances, postTokenBalances }: TokenBalances) {
    for (const balance of preTokenBalances ?? []) this.#before[balance.accountIndex] = balance;
    for (const balance of postTokenBalances ?? []) this.#after[balance.accountIndex] = balance;
  }

  /** Either balance of the account; undefined when it was opened and closed in between. */
  at(index: number): TokenBalance | undefined {
    return this.#after[index] ?? this.#before[index];
  }

  /** Owner in base58; undefined where the balances do not tell it. */
  ownerOf(index: number): string | undefined {
    return this.at(index)?.owner ?? undefined;
  }

  /** How much more it held afterwards; undefined unless it is on record before and after. */
  gainOf(index: number): bigint | undefined {
    const before = this.#before[index];
    const after = this.#after[index];
    if (before === undefined || after === undefined) return undefined;
    if (!WHOLE.test(before.amount) || !WHOLE.test(after.amount)) return undefined;
    return BigInt(after.amount) - BigInt(before.amount);
  }
}
