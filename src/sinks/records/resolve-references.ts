import type { RecordKey, UpsertChange } from '../../model/record-change.ts';
import { keyText } from './key-text.ts';
import type { PendingRecord, RecordState } from './record-transaction.ts';

/** A change that is newer than what is stored, with the id of its row. */
export interface PlannedChange<Change> {
  readonly change: Change;
  readonly id: string;
  /** What was known of the record before. */
  readonly before: RecordState | undefined;
}

export interface ReadyRecord extends PlannedChange<UpsertChange> {
  /** Ids by column. */
  readonly references: Readonly<Record<string, string>>;
}

export interface WaitingRecord extends PlannedChange<UpsertChange> {
  readonly pending: PendingRecord;
}

export interface ResolvedReferences {
  /** Each behind those that it refers to. */
  readonly ready: readonly ReadyRecord[];
  readonly waiting: readonly WaitingRecord[];
}

/**
 * Decides which records can be stored: those whose references all stand already, or can be stored themselves. Records
 * that refer to each other in a circle, or to themselves, wait.
 * @param liveIds ids of the rows that stand, by `keyText`; what becomes ready is added.
 */
export function resolveReferences(
  upserts: readonly PlannedChange<UpsertChange>[],
  liveIds: Map<string, string>,
): ResolvedReferences {
  const ready: ReadyRecord[] = [];
  const waitingFor = new Map<string, WaitingRecord[]>();
  const queue = [...upserts];
  // Grows while it is walked: a record that waits comes again when the one it waits for is ready.
  for (const planned of queue) {
    const waitsFor = firstMissing(planned.change, liveIds);
    if (waitsFor !== null) {
      const record = { ...planned, pending: { change: planned.change, waitsFor } };
      const others = waitingFor.get(keyText(waitsFor));
      if (others === undefined) waitingFor.set(keyText(waitsFor), [record]);
      else others.push(record);
      continue;
    }
    const text = keyText(planned.change.key);
    ready.push({ ...planned, references: idsOf(planned.change, liveIds) });
    liveIds.set(text, planned.id);
    for (const { change, id, before } of waitingFor.get(text) ?? []) {
      queue.push({ change, id, before });
    }
    waitingFor.delete(text);
  }
  return { ready, waiting: [...waitingFor.values()].flat() };
}

function firstMissing(
  { record }: UpsertChange,
  liveIds: ReadonlyMap<string, string>,
): RecordKey | null {
  return record.references.find(({ key }) => !liveIds.has(keyText(key)))?.key ?? null;
}

function idsOf(
  { record }: UpsertChange,
  liveIds: ReadonlyMap<string, string>,
): Record<string, string> {
  const ids: Record<string, string> = {};
  for (const { column, key } of record.references) {
    const id = liveIds.get(keyText(key));
    if (id !== undefined) ids[column] = id;
  }
  return ids;
}
