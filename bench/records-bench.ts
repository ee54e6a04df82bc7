import type { UpsertChange } from '../src/model/record-change.ts';
import type { ApplyContext } from '../src/sinks/records/plan-changes.ts';
import type { RecordStore } from '../src/sinks/records/record-store.ts';

/** One database that the bench of records measures. */
export interface RecordsBench {
  readonly name: string;
  readonly store: RecordStore;
  /**
   * Stores a scene the way the seed did: key looked up, row looked up, row written, key written, commit; then the
   * cursor with a commit of its own. On the same database with the same durability.
   */
  storeAsSeed(change: UpsertChange): Promise<void>;
  close(): Promise<void>;
}

/** Null where the database is not to be had. */
export type OpenRecordsBench = (options: ApplyContext) => Promise<RecordsBench | null>;
