import type { RecordKey } from '../../model/record-change.ts';
import type { ApplyContext, RecordPlan } from './plan-changes.ts';
import type {
  DeadLetterRecord,
  RecordCondition,
  RecordRow,
  RecordState,
  RecordTransaction,
} from './record-transaction.ts';
import type { PlannedChange, ReadyRecord, WaitingRecord } from './resolve-references.ts';

/** More wait for no honest reason. */
export const PENDING_OF_ACCOUNT_MAX = 1_000;

/** What a plan came to. */
export interface WrittenPlan {
  readonly pending: number;
  readonly deadLetters: readonly DeadLetterRecord[];
}

/**
 * Writes a plan. The row of a record whose new revision has to wait stays as it is, and visible, until that revision
 * can be stored: readers see the older one meanwhile rather than nothing.
 * @param again whether those that wait waited before, and have their place therefore.
 * @throws {ConstraintError} from the transaction.
 */
export async function writePlan(
  transaction: RecordTransaction,
  plan: RecordPlan,
  context: ApplyContext,
  again: boolean,
): Promise<WrittenPlan> {
  const { ready, deleted } = plan;
  // Hidden before others are shown: they may give free what a unique rule allows only once.
  for (const table of context.tables) {
    const gone = deleted.filter(({ change, before }) => {
      return before !== undefined && change.key.collection === table.collection;
    });
    await transaction.hideRows(
      table,
      gone.map(({ id }) => id),
    );
  }
  for (const table of context.tables) {
    const ours = ready.filter(({ change }) => change.key.collection === table.collection);
    await transaction.saveRows(
      table,
      ours.map((record) => rowOf(record, plan.inactive)),
    );
  }
  await transaction.removePending(noLongerWaiting([...ready, ...deleted]));
  const { waiting, deadLetters } = await withinLimit(transaction, plan.waiting, context, again);
  await transaction.savePending(waiting.map(({ pending }) => pending));
  await transaction.saveStates([
    ...ready.map((record) => stateOf(record, 'live')),
    ...deleted.map((record) => stateOf(record, 'deleted')),
    ...waiting.map((record) => stateOf(record, 'pending')),
  ]);
  const applied = [...deleted, ...ready];
  await transaction.saveIdempotencyKeys(
    applied.map(({ change }) => change),
    applied.map(({ id }) => id),
  );
  return { pending: waiting.length, deadLetters };
}

function rowOf({ change, id, references }: ReadyRecord, inactive: ReadonlySet<string>): RecordRow {
  return { id, change, references, hidden: inactive.has(change.key.did) };
}

function stateOf(
  { change, id }: PlannedChange<{ readonly key: RecordKey; readonly rev: string }>,
  condition: RecordCondition,
): RecordState {
  return { key: change.key, id, rev: change.rev, condition };
}

function noLongerWaiting(
  records: readonly PlannedChange<{ readonly key: RecordKey }>[],
): RecordKey[] {
  return records
    .filter(({ before }) => before?.condition === 'pending')
    .map(({ change }) => change.key);
}

/**
 * Nobody can take all the places of the others. When no more may wait, not even a newer revision of one that waits is
 * taken: that keeps the bounds simple and hard.
 */
async function withinLimit(
  transaction: RecordTransaction,
  waiting: readonly WaitingRecord[],
  { pendingMax }: ApplyContext,
  again: boolean,
): Promise<{ waiting: readonly WaitingRecord[]; deadLetters: readonly DeadLetterRecord[] }> {
  if (waiting.length === 0 || again) return { waiting, deadLetters: [] };
  let room = pendingMax - (await transaction.countPending());
  const dids = [...new Set(waiting.map(({ change }) => change.key.did))];
  const counts = new Map(await transaction.countPendingOf(dids));
  const taken: WaitingRecord[] = [];
  const deadLetters: DeadLetterRecord[] = [];
  for (const record of waiting) {
    const { change } = record;
    const count = counts.get(change.key.did) ?? 0;
    const full = fullText(room, count, pendingMax);
    if (full !== null) {
      deadLetters.push({ reason: 'pending-limit', detail: full, change });
      continue;
    }
    taken.push(record);
    counts.set(change.key.did, count + 1);
    room--;
  }
  return { waiting: taken, deadLetters };
}

/** Why no more may wait, or null. */
function fullText(room: number, count: number, pendingMax: number): string | null {
  if (room <= 0) return `at most ${pendingMax} records may wait for records that they refer to`;
  if (count < PENDING_OF_ACCOUNT_MAX) return null;
  return `at most ${PENDING_OF_ACCOUNT_MAX} records of one account may wait for records that they refer to`;
}
