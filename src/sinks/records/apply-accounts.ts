import type { AccountChange } from '../../model/record-change.ts';
import type { RecordTable } from '../../model/record-table.ts';
import { ConstraintError } from './constraint-error.ts';
import { eventTimeMs } from './event-time.ts';
import type { RecordTransaction } from './record-transaction.ts';

/**
 * Hides the rows of inactive accounts and shows those of active ones again.
 * @returns how many accounts changed.
 */
export async function applyAccounts(
  transaction: RecordTransaction,
  tables: readonly RecordTable[],
  accounts: readonly AccountChange[],
): Promise<number> {
  if (accounts.length === 0) return 0;
  const known = await transaction.readAccounts(accounts.map(({ did }) => did));
  const before = new Map(known.map((state) => [state.did, state]));
  const newer = accounts.filter(({ did, time }) => {
    const state = before.get(did);
    return state === undefined || eventTimeMs(time) > eventTimeMs(state.time);
  });
  await save(transaction, tables, newer);
  // An account that was never heard of is active.
  return newer.filter(({ did, active }) => active !== (before.get(did)?.active ?? true)).length;
}

/**
 * Rows that were stored while their account was inactive may share what a unique rule allows only once, and a database
 * may refuse to show them. Such an account becomes active nonetheless; its rows are shown when their next revision comes.
 */
async function save(
  transaction: RecordTransaction,
  tables: readonly RecordTable[],
  accounts: readonly AccountChange[],
): Promise<void> {
  const [first] = accounts;
  if (first === undefined) return;
  try {
    await transaction.savepoint(() => transaction.saveAccounts(tables, accounts));
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    if (accounts.length === 1) return await transaction.saveAccounts([], accounts);
    for (const account of accounts) await save(transaction, tables, [account]);
  }
}
