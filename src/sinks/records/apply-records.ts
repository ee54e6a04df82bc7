import assert from 'node:assert/strict';
import type { DeleteChange, RecordKey, UpsertChange } from '../../model/record-change.ts';
import { ConstraintError } from './constraint-error.ts';
import { type ApplyContext, planChanges, type RecordPlan } from './plan-changes.ts';
import type { DeadLetterRecord, RecordTransaction } from './record-transaction.ts';
import { type WrittenPlan, writePlan } from './write-plan.ts';

/** Counts as in `BatchOutcome`; they grow as the parts of a batch are written. */
export interface RecordTally {
  inserted: number;
  updated: number;
  deleted: number;
  skipped: number;
  pending: number;
  resolved: number;
  readonly deadLetters: DeadLetterRecord[];
}

export function emptyTally(): RecordTally {
  return {
    ...{ inserted: 0, updated: 0, deleted: 0 },
    skipped: 0,
    pending: 0,
    resolved: 0,
    deadLetters: [],
  };
}

/**
 * Any number may wait for one record. What comes at once is planned again for each half that holds a refused one, so
 * it is bounded; those that refer to a later group wait for it once more.
 */
const WAITING_GROUP = 256;

type Changes = readonly (UpsertChange | DeleteChange)[];

/** What all steps of one batch share. */
interface ApplyScope {
  readonly transaction: RecordTransaction;
  readonly context: ApplyContext;
  readonly tally: RecordTally;
}

/**
 * Applies changes of records, and then whatever waited for the records that came to stand, until nothing more comes
 * to stand. A record whose reference is deleted later keeps its row.
 */
export async function applyRecords(
  transaction: RecordTransaction,
  changes: Changes,
  context: ApplyContext,
  tally: RecordTally,
): Promise<void> {
  for (const { key } of changes) {
    const known = context.tables.some(({ collection }) => collection === key.collection);
    assert(known, `a change of ${key.collection}, which has no table, was let through`);
  }
  const scope = { transaction, context, tally };
  const standing = await applyGroup(scope, inTableOrder(changes, context), false);
  await applyWaiting(scope, standing);
}

/**
 * Tries a change again that was refused once.
 * @returns whether it is stored, or something newer is. When it is not, nothing was written.
 */
export async function retryRecord(
  transaction: RecordTransaction,
  change: UpsertChange,
  context: ApplyContext,
  tally: RecordTally,
): Promise<boolean> {
  if (!context.tables.some(({ collection }) => collection === change.key.collection)) return false;
  const plan = await planChanges(transaction, [change], context, true);
  if (plan.skipped > 0) return true;
  if (plan.waiting.length > 0) return false;
  try {
    await transaction.savepoint(() => writePlan(transaction, plan, context, true));
  } catch (error) {
    if (error instanceof ConstraintError) return false;
    throw error;
  }
  await applyWaiting({ transaction, context, tally }, [change.key]);
  return true;
}

async function applyWaiting(scope: ApplyScope, standing: readonly RecordKey[]): Promise<void> {
  let keys = standing;
  while (keys.length > 0) {
    const waiting = await scope.transaction.readPending(keys);
    const changes = waiting.map(({ change }) => change);
    const ordered = inTableOrder(changes, scope.context);
    const standing: RecordKey[] = [];
    for (let start = 0; start < ordered.length; start += WAITING_GROUP) {
      const group = ordered.slice(start, start + WAITING_GROUP);
      standing.push(...(await applyGroup(scope, group, true)));
    }
    keys = standing;
  }
}

/**
 * Deletions first, then each table behind those that it refers to. What has no table is left out: a record may have
 * begun to wait when it still had one.
 */
function inTableOrder(changes: Changes, { tables }: ApplyContext): Changes {
  const upserts = tables.flatMap(({ collection }) => {
    return changes.filter(({ type, key }) => type === 'upsert' && key.collection === collection);
  });
  return [...changes.filter(({ type }) => type === 'delete'), ...upserts];
}

/**
 * Applies all at once; when a constraint refuses that, each half by itself, down to the record that it refuses, which
 * becomes a dead letter: one bad record costs some more steps and nothing else.
 * @returns those that came to stand.
 */
async function applyGroup(
  scope: ApplyScope,
  changes: Changes,
  again: boolean,
): Promise<readonly RecordKey[]> {
  const { transaction, context, tally } = scope;
  const [first] = changes;
  if (first === undefined) return [];
  try {
    const [plan, written] = await transaction.savepoint(async () => {
      const plan = await planChanges(transaction, changes, context, again);
      return [plan, await writePlan(transaction, plan, context, again)] as const;
    });
    count(tally, plan, written, again);
    return plan.ready.map(({ change }) => change.key);
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    if (changes.length > 1) {
      const middle = changes.length >> 1;
      const standing = await applyGroup(scope, changes.slice(0, middle), again);
      return [...standing, ...(await applyGroup(scope, changes.slice(middle), again))];
    }
    await refuse(scope, first, error, again);
    return [];
  }
}

async function refuse(
  { transaction, tally }: ApplyScope,
  change: UpsertChange | DeleteChange,
  error: ConstraintError,
  again: boolean,
): Promise<void> {
  // A deletion writes nothing that a constraint could refuse.
  if (change.type === 'delete') throw error;
  if (again) await transaction.removePending([change.key]);
  const detail = `the database refused the row: ${error.constraint}`;
  tally.deadLetters.push({ reason: 'constraint', detail, change });
}

function count(tally: RecordTally, plan: RecordPlan, written: WrittenPlan, again: boolean): void {
  const updated = plan.ready.filter(({ before }) => before?.condition === 'live').length;
  if (again) tally.resolved += plan.ready.length;
  else {
    tally.updated += updated;
    tally.inserted += plan.ready.length - updated;
    tally.pending += written.pending;
    tally.skipped += plan.skipped;
  }
  tally.deleted += plan.deleted.length;
  tally.deadLetters.push(...written.deadLetters);
}
