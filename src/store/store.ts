/**
 * Millrace's bookkeeping in one SQLite file: jobs, shards, what IQ programs did, the delivery
 * queue and the ingest backend's tables. Only the supervisor's process writes it. Rows of slots,
 * swaps and statistics are not kept here: they belong to ClickHouse.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { OperatingError } from '../core/errors.ts';
import { lockFolder } from './folder-lock.ts';
import { HintArea } from './hints.ts';
import { IngestedArea } from './ingested.ts';
import { JobArea } from './jobs.ts';
import { migrate } from './migrations.ts';
import { OutboxArea } from './outbox.ts';
import { QuarantineArea } from './quarantine.ts';
import { SessionRecordArea } from './session-records.ts';
import { SessionResultArea } from './session-results.ts';
import { ShardArea } from './shards.ts';
import { mapSqliteError } from './sqlite-error.ts';
import { type Durability, StoreDatabase } from './store-database.ts';
import { UploadArea } from './uploads.ts';

export interface StoreOptions {
  /** Data folder; made when missing. */
  readonly folder: string;
  /** The store never grows beyond this; reaching it is `DISK_FULL`. */
  readonly bytesMax: number;
}

export interface Store {
  readonly path: string;
  readonly jobs: JobArea;
  readonly shards: ShardArea;
  readonly quarantine: QuarantineArea;
  readonly sessionRecords: SessionRecordArea;
  readonly sessionResults: SessionResultArea;
  readonly hints: HintArea;
  readonly outbox: OutboxArea;
  readonly uploads: UploadArea;
  readonly ingested: IngestedArea;
  /** Everything `work` writes is committed together or not at all; `work` must not wait. */
  transaction<T>(durability: Durability, work: () => T): T;
  /** Closes the file and lets the next process have the folder. */
  close(): void;
}

/** SQLite's default page size, in bytes. */
const PAGE_BYTES = 4096;
/** Log size after which SQLite moves pages into the main file, in pages: 16 MiB. */
const CHECKPOINT_PAGES = 4096;

/**
 * @throws {OperatingError} DATA_FOLDER when the folder cannot be used or another process uses it,
 * DISK_FULL when there is no space for the schema.
 */
export function openStore(options: StoreOptions): Store {
  const path = join(options.folder, 'millrace.db');
  makeFolder(options.folder);
  const lock = lockFolder(options.folder);
  let connection: SqliteDatabase.Database | undefined;
  try {
    connection = new SqliteDatabase(path, { timeout: 5000 });
    connection.pragma('journal_mode = WAL');
    connection.pragma('foreign_keys = ON');
    connection.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    connection.pragma(`max_page_count = ${Math.max(1, Math.floor(options.bytesMax / PAGE_BYTES))}`);
    migrate(connection, path);
  } catch (error) {
    connection?.close();
    lock.release();
    throw mapSqliteError(error, path, 'opening the store');
  }
  const database = new StoreDatabase(connection, path);
  return {
    path,
    ...openAreas(database),
    transaction: (durability, work) => database.transaction(durability, work),
    close: () => {
      database.close();
      lock.release();
    },
  };
}

function openAreas(database: StoreDatabase) {
  const quarantine = new QuarantineArea(database);
  return {
    jobs: new JobArea(database),
    shards: new ShardArea(database, quarantine),
    quarantine,
    sessionRecords: new SessionRecordArea(database),
    sessionResults: new SessionResultArea(database),
    hints: new HintArea(database),
    outbox: new OutboxArea(database),
    uploads: new UploadArea(database),
    ingested: new IngestedArea(database),
  };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const message = `making the data folder ${folder}: a writable folder is expected; make it so or choose another`;
    const fields = { path: folder };
    throw new OperatingError('DATA_FOLDER', message, { retryable: false, fields, cause: error });
  }
}
