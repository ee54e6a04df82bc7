import type { DeleteChange, RecordKey, UpsertChange } from '../../model/record-change.ts';
import type { RecordTable } from '../../model/record-table.ts';
import { keyText } from './key-text.ts';
import type { RecordState, RecordTransaction } from './record-transaction.ts';
import {
  type PlannedChange,
  type ReadyRecord,
  resolveReferences,
  type WaitingRecord,
} from './resolve-references.ts';

export interface ApplyContext {
  /** Each behind the tables that it refers to. */
  readonly tables: readonly RecordTable[];
  /** A new UUID. */
  readonly newId: () => string;
  /** Most records that may wait for others at once. */
  readonly pendingMax: number;
}

/** What becomes of a group of changes, decided but not written. */
export interface RecordPlan {
  readonly ready: readonly ReadyRecord[];
  readonly waiting: readonly WaitingRecord[];
  readonly deleted: readonly PlannedChange<DeleteChange>[];
  /** Changes that are not newer than what is stored. */
  readonly skipped: number;
  /** Accounts of the ready ones that are inactive. */
  readonly inactive: ReadonlySet<string>;
}

/**
 * Reads what is known of the records and decides. A change counts only when its revision is greater than the stored
 * one, that of a tombstone included.
 * @param changes at most one of each record, each of a table of the context.
 * @param again whether the changes were met before: one that waits counts too then.
 */
export async function planChanges(
  transaction: RecordTransaction,
  changes: readonly (UpsertChange | DeleteChange)[],
  context: ApplyContext,
  again: boolean,
): Promise<RecordPlan> {
  const states = await statesOf(transaction, changes);
  const upserts: PlannedChange<UpsertChange>[] = [];
  const deleted: PlannedChange<DeleteChange>[] = [];
  const liveIds = new Map<string, string>();
  for (const [text, { condition, id }] of states) if (condition === 'live') liveIds.set(text, id);
  for (const change of changes) {
    const text = keyText(change.key);
    const before = states.get(text);
    if (!counts(change, before, again)) continue;
    // What becomes of it is decided anew.
    liveIds.delete(text);
    const id = before?.id ?? context.newId();
    if (change.type === 'delete') deleted.push({ change, id, before });
    else upserts.push({ change, id, before });
  }
  const { ready, waiting } = resolveReferences(upserts, liveIds);
  const dids = [...new Set(ready.map(({ change }) => change.key.did))];
  const accounts = await transaction.readAccounts(dids);
  return {
    ...{ ready, waiting, deleted },
    skipped: changes.length - upserts.length - deleted.length,
    inactive: new Set(accounts.filter(({ active }) => !active).map(({ did }) => did)),
  };
}

async function statesOf(
  transaction: RecordTransaction,
  changes: readonly (UpsertChange | DeleteChange)[],
): Promise<Map<string, RecordState>> {
  const keys = new Map<string, RecordKey>();
  for (const change of changes) {
    keys.set(keyText(change.key), change.key);
    if (change.type === 'delete') continue;
    for (const { key } of change.record.references) keys.set(keyText(key), key);
  }
  const states = await transaction.readStates([...keys.values()]);
  return new Map(states.map((state) => [keyText(state.key), state]));
}

function counts(
  { rev }: UpsertChange | DeleteChange,
  before: RecordState | undefined,
  again: boolean,
): boolean {
  if (before === undefined || rev > before.rev) return true;
  return again && rev === before.rev && before.condition === 'pending';
}
