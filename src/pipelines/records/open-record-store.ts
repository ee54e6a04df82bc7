import { uuidV7 } from '../../core/uuid-v7.ts';
import type { RecordTable } from '../../model/record-table.ts';
import type { RecordStoreLocation } from '../../model/records-options.ts';
import { PostgresRecordStore } from '../../sinks/records/postgres/postgres-store.ts';
import type { RecordStore } from '../../sinks/records/record-store.ts';
import { SqliteRecordStore } from '../../sinks/records/sqlite/sqlite-record-store.ts';

export interface OpenStoreOptions {
  readonly location: RecordStoreLocation;
  /** In the order of their references. */
  readonly tables: readonly RecordTable[];
  /** Told how long each step took. */
  readonly onQuery: (operation: string, seconds: number) => void;
}

/** Another process writes a batch in less. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * The database that DATABASE_URL names, else the file; nothing is asked of it yet.
 * @throws {OperatingError} CONFIG for an address that is none, SINK_REFUSED for a file that is no database.
 */
export function openRecordStore({ location, tables, onQuery }: OpenStoreOptions): RecordStore {
  const { databaseUrl, sqlitePath, pendingMax } = location;
  const shared = { tables, pendingMax, onQuery, newId: uuidV7 };
  if (databaseUrl !== null) return new PostgresRecordStore({ ...shared, databaseUrl });
  return new SqliteRecordStore({ ...shared, path: sqlitePath, busyTimeoutMs: BUSY_TIMEOUT_MS });
}
