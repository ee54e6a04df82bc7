import type { FoldedChanges } from './fold-changes.ts';
import type { RecordTransaction } from './record-transaction.ts';

/**
 * Leaves out what a stream tells of the accounts of the whole network: only those that have records here matter. That
 * one is inactive is kept all the same for some time, since records of it may still be under way.
 */
export async function concerningRecords(
  transaction: RecordTransaction,
  folded: FoldedChanges,
): Promise<FoldedChanges> {
  const { accounts, identities, records } = folded;
  const named = new Set([...accounts, ...identities].map(({ did }) => did));
  if (named.size === 0) return folded;
  const known = new Set(await transaction.readKnownDids([...named]));
  for (const { key } of records) known.add(key.did);
  for (const { did } of await transaction.readAccounts([...named])) known.add(did);
  return {
    ...folded,
    accounts: accounts.filter(({ did, active }) => !active || known.has(did)),
    identities: identities.filter(({ did }) => known.has(did)),
  };
}
