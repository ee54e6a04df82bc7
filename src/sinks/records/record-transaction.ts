import type { StreamLease } from '../../model/record-batch.ts';
import type {
  AccountChange,
  DeleteChange,
  IdentityChange,
  RecordKey,
  Rejection,
  UpsertChange,
} from '../../model/record-change.ts';
import type { RecordTable } from '../../model/record-table.ts';
import type { StreamPosition } from '../../model/stream-frame.ts';

/**
 * - `live`: its row stands in its table.
 * - `pending`: it waits for a record that it refers to, see `PendingRecord`.
 * - `deleted`: a tombstone, so that no replay of an older revision brings it back.
 */
export type RecordCondition = 'live' | 'pending' | 'deleted';

/** What is known of a record whatever became of it; never removed, since it orders all that comes later. */
export interface RecordState {
  readonly key: RecordKey;
  /** UUID of its row; stays the same over revisions, deletion and coming back. */
  readonly id: string;
  readonly rev: string;
  readonly condition: RecordCondition;
}

/** A valid record that waits for another one. */
export interface PendingRecord {
  readonly change: UpsertChange;
  /** The first of its references that is not there. */
  readonly waitsFor: RecordKey;
}

export interface AccountState {
  readonly did: string;
  readonly active: boolean;
  readonly time: string;
}

/** A row as it is written: `references` holds the ids that its references came to. */
export interface RecordRow {
  readonly id: string;
  readonly change: UpsertChange;
  readonly references: Readonly<Record<string, string>>;
  /** True while the account is inactive: the row is written, with `deleted_at` set. */
  readonly hidden: boolean;
}

/** A change that cannot be applied. Kept so that it can be tried again; its content has passed consent. */
export interface DeadLetterRecord {
  readonly reason: 'constraint' | 'pending-limit' | 'reference-missing';
  readonly detail: string;
  readonly change: UpsertChange;
}

/**
 * The bulk steps that one batch is written by, the same in every database; `applyBatch` decides what is written.
 * Each takes its lists whole: one statement, however many rows. Empty lists do nothing.
 * @throws {OperatingError} SINK_UNREACHABLE (retryable), SINK_REFUSED; {@link ConstraintError} where the rows break a
 * constraint: the transaction, or the savepoint around it, has to be rolled back then.
 */
export interface RecordTransaction {
  /** Proves that the lease is still ours, and prolongs it. @throws {OperatingError} LEASE_LOST */
  guardLease(lease: StreamLease): Promise<void>;
  /** Of those that are known. */
  readStates(keys: readonly RecordKey[]): Promise<readonly RecordState[]>;
  /** Of these, those that have or had a record here. */
  readKnownDids(dids: readonly string[]): Promise<readonly string[]>;
  /** Of those that are known. */
  readAccounts(dids: readonly string[]): Promise<readonly AccountState[]>;
  /** Everything that waits for one of these. */
  readPending(waitsFor: readonly RecordKey[]): Promise<readonly PendingRecord[]>;
  /** How many records wait, in all. */
  countPending(): Promise<number>;
  /** How many records of each of these accounts wait; those without any may be left out. */
  countPendingOf(dids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  saveStates(states: readonly RecordState[]): Promise<void>;
  /** Inserts or overwrites rows of one table, by id. */
  saveRows(table: RecordTable, rows: readonly RecordRow[]): Promise<void>;
  /** Sets `deleted_at` where it is null. */
  hideRows(table: RecordTable, ids: readonly string[]): Promise<void>;
  savePending(records: readonly PendingRecord[]): Promise<void>;
  /** By their own keys. */
  removePending(keys: readonly RecordKey[]): Promise<void>;
  /**
   * Keeps the newest by time, and sets or clears `deleted_at` of all live rows of these accounts. A row that a unique
   * rule does not let be shown should stay hidden; where a database cannot do so, it throws.
   */
  saveAccounts(tables: readonly RecordTable[], accounts: readonly AccountChange[]): Promise<void>;
  /** Keeps the newest by time. */
  saveIdentities(identities: readonly IdentityChange[]): Promise<void>;
  /** Keys as `idempotencyKey` makes them; those that are there already are left alone. */
  saveIdempotencyKeys(
    changes: readonly (UpsertChange | DeleteChange)[],
    ids: readonly string[],
  ): Promise<void>;
  saveRejections(stream: string, rejections: readonly Rejection[]): Promise<void>;
  saveDeadLetters(stream: string, letters: readonly DeadLetterRecord[]): Promise<void>;
  /** Greatest time ever; sequence number of the newest host. Never goes back. */
  savePosition(stream: string, position: StreamPosition): Promise<void>;
  /** Undoes what `work` did when it throws, and throws on; the transaction goes on. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}
