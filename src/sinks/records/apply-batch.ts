import type { BatchOutcome, RecordBatch } from '../../model/record-batch.ts';
import { applyAccounts } from './apply-accounts.ts';
import { applyRecords, emptyTally } from './apply-records.ts';
import { concerningRecords } from './concerning-records.ts';
import { foldChanges } from './fold-changes.ts';
import type { ApplyContext } from './plan-changes.ts';
import type { RecordTransaction } from './record-transaction.ts';

/**
 * Decides and writes what a batch comes to, the same over every database: whatever order, repetition or split the
 * changes of a record come in, its greatest revision is what stays. The caller commits when this resolves, and rolls
 * back when it rejects. Of the counts, `inserted` and `updated` are of this batch only and `resolved` of earlier ones.
 * @throws {OperatingError} LEASE_LOST, SINK_UNREACHABLE, SINK_REFUSED; of constraints, none.
 */
export async function applyBatch(
  transaction: RecordTransaction,
  batch: RecordBatch,
  context: ApplyContext,
): Promise<BatchOutcome> {
  const { stream } = batch.lease;
  await transaction.guardLease(batch.lease);
  const folded = await concerningRecords(transaction, foldChanges(batch.changes));
  // Before the records, whose rows are written hidden or not by what is known of their accounts.
  const accounts = await applyAccounts(transaction, context.tables, folded.accounts);
  await transaction.saveIdentities(folded.identities);
  const tally = emptyTally();
  await applyRecords(transaction, folded.records, context, tally);
  await transaction.saveDeadLetters(stream, tally.deadLetters);
  await transaction.saveRejections(stream, batch.rejections);
  if (batch.position !== null) await transaction.savePosition(stream, batch.position);
  const { inserted, updated, deleted, pending, resolved } = tally;
  return {
    ...{ inserted, updated, deleted, pending, resolved, accounts },
    skipped: tally.skipped + folded.skipped,
    deadLetters: tally.deadLetters.length,
  };
}
