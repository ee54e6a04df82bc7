import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { OperatingError } from '../../../core/errors.ts';
import type { BatchOutcome, RecordBatch, StreamLease } from '../../../model/record-batch.ts';
import type { RecordTable } from '../../../model/record-table.ts';
import type { StreamPosition } from '../../../model/stream-frame.ts';
import { applyBatch } from '../apply-batch.ts';
import { emptyTally, retryRecord } from '../apply-records.ts';
import { changeOfLetter } from '../dead-letter.ts';
import type { ApplyContext } from '../plan-changes.ts';
import type {
  DeadLetter,
  DeadLetterQuery,
  NearbyQuery,
  NearbyRow,
  PruneLimits,
  RecordStore,
} from '../record-store.ts';
import type { RecordTransaction } from '../record-transaction.ts';
import { quoted } from '../sql-name.ts';
import { mapSqliteError } from './map-sqlite-error.ts';
import { migrateSqlite } from './migrate-sqlite.ts';
import { metresBetween, nearbyRows } from './nearby-rows.ts';
import { pruneSqlite } from './prune-sqlite.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { findDeadLetter, listDeadLetters, removeDeadLetter } from './sqlite-dead-letters.ts';
import { giveUpLease, prolongLease, takeLease } from './sqlite-leases.ts';
import { COUNT_PENDING, SqliteRecordTransaction } from './sqlite-record-transaction.ts';
import { UndividedError, UndividedTransaction } from './undivided-transaction.ts';

export interface SqliteRecordStoreOptions {
  /** The file; it and its folder are made when missing. */
  readonly path: string;
  /** Each behind the tables that it refers to. */
  readonly tables: readonly RecordTable[];
  /** A new UUID. */
  readonly newId: () => string;
  /** Most records that may wait for others at once. */
  readonly pendingMax: number;
  /** How long a write waits for other processes that write to the file. */
  readonly busyTimeoutMs: number;
  /** Milliseconds since 1970: the clock of leases and ages. */
  readonly now?: () => number;
  /** Told of every piece of work when it has ended, well or not. */
  readonly onQuery?: (operation: string, seconds: number) => void;
}

/** SQLite waits itself this long where it has to; all longer waiting leaves the process free. */
const BLOCK_MS = 5;

/** Pages kept in memory: indexes of random ids touch many. */
const CACHE_KIB = 32 * 1024;
/**
 * Log size after which SQLite moves pages into the main file, in pages of 4 KiB: the more batches share the move, the
 * fewer pages are written twice.
 */
const CHECKPOINT_PAGES = 16 * 1024;

/** Records in one SQLite file that any number of processes may read, and one at a time writes. */
export class SqliteRecordStore implements RecordStore {
  readonly #connection: SqliteConnection;
  readonly #context: ApplyContext;
  readonly #now: () => number;
  readonly #onQuery: (operation: string, seconds: number) => void;

  /** @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED: the file cannot be opened. */
  constructor(options: SqliteRecordStoreOptions) {
    const { path, busyTimeoutMs, tables, newId, pendingMax } = options;
    this.#connection = new SqliteConnection(openFile(path, busyTimeoutMs), path, busyTimeoutMs);
    this.#context = { tables, newId, pendingMax };
    this.#now = options.now ?? Date.now;
    this.#onQuery = options.onQuery ?? (() => {});
  }

  async migrate(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#write('migrate', () => migrateSqlite(this.#connection, this.#context.tables));
  }

  async ping(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#read('ping', () => this.#connection.get('SELECT count(*) FROM sqlite_schema'));
  }

  async acquireLease(stream: string, holder: string, leaseMs: number): Promise<StreamLease | null> {
    return await this.#write('lease', () => {
      return takeLease(this.#connection, { stream, holder }, leaseMs, this.#now());
    });
  }

  async renewLease(lease: StreamLease): Promise<void> {
    await this.#write('lease', () => prolongLease(this.#connection, lease, this.#now()));
  }

  async releaseLease(lease: StreamLease): Promise<void> {
    await this.#write('lease', () => giveUpLease(this.#connection, lease));
  }

  async readPosition(stream: string): Promise<StreamPosition | null> {
    const sql = 'SELECT time_us AS timeUs, seq, host FROM indexer_state WHERE stream = ?';
    return await this.#read('position', () => {
      return this.#connection.get<StreamPosition>(sql, stream) ?? null;
    });
  }

  async apply(batch: RecordBatch): Promise<BatchOutcome> {
    const { stream } = batch.lease;
    const applyBy = (transaction: RecordTransaction) => {
      return applyBatch(transaction, batch, this.#context);
    };
    return await this.#timed('apply', () => {
      return this.#connection.writeEither(
        () => applyBy(new UndividedTransaction(this.#connection, stream, this.#now())),
        (error) => error instanceof UndividedError,
        () => applyBy(this.#transaction(stream)),
      );
    });
  }

  async deadLetters(query: DeadLetterQuery): Promise<readonly DeadLetter[]> {
    return await this.#read('dead_letters', () => listDeadLetters(this.#connection, query));
  }

  async deadLetter(id: number): Promise<DeadLetter | null> {
    return await this.#read('dead_letters', () => findDeadLetter(this.#connection, id));
  }

  async retryDeadLetter(id: number): Promise<boolean> {
    return await this.#write('retry', async () => {
      const letter = findDeadLetter(this.#connection, id);
      const change = letter === null ? null : changeOfLetter(letter);
      if (letter === null || change === null) return false;
      const transaction = this.#transaction(letter.stream);
      const tally = emptyTally();
      if (!(await retryRecord(transaction, change, this.#context, tally))) return false;
      await transaction.saveDeadLetters(letter.stream, tally.deadLetters);
      removeDeadLetter(this.#connection, id);
      return true;
    });
  }

  async prune(limits: PruneLimits): Promise<void> {
    await this.#write('prune', () => pruneSqlite(this.#connection, limits, this.#now()));
  }

  async nearby(query: NearbyQuery): Promise<readonly NearbyRow[]> {
    const table = this.#context.tables.find(({ name }) => name === query.table);
    assert(table?.place, `${query.table} is not a table with places`);
    return await this.#read('nearby', () => nearbyRows(this.#connection, query));
  }

  async countPending(): Promise<number> {
    return await this.#read('count', () => {
      return this.#connection.get<{ n: number }>(COUNT_PENDING)?.n ?? 0;
    });
  }

  async countRows(): Promise<Readonly<Record<string, number>>> {
    return await this.#read('count', () => {
      const counts = this.#context.tables.map(({ name }) => {
        const sql = `SELECT count(*) AS n FROM ${quoted(name)} WHERE deleted_at IS NULL`;
        return [name, this.#connection.get<{ n: number }>(sql)?.n ?? 0] as const;
      });
      return Object.fromEntries(counts);
    });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #transaction(stream: string): SqliteRecordTransaction {
    return new SqliteRecordTransaction(this.#connection, stream, this.#now());
  }

  async #read<T>(operation: string, work: () => T): Promise<T> {
    return await this.#timed(operation, () => this.#connection.read(work));
  }

  async #write<T>(operation: string, work: () => T | Promise<T>): Promise<T> {
    return await this.#timed(operation, () => this.#connection.write(work));
  }

  async #timed<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const startMs = performance.now();
    try {
      return await work();
    } finally {
      this.#onQuery(operation, (performance.now() - startMs) / 1000);
    }
  }
}

function openFile(path: string, busyTimeoutMs: number): SqliteDatabase.Database {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const connection = new SqliteDatabase(path, { timeout: busyTimeoutMs });
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = FULL');
    connection.pragma('foreign_keys = ON');
    // What one statement changed is kept for its undoing; in a file, that would be written for each of them.
    connection.pragma('temp_store = MEMORY');
    connection.pragma(`cache_size = -${CACHE_KIB}`);
    connection.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    connection.pragma(`busy_timeout = ${BLOCK_MS}`);
    connection.function('metres_between', { deterministic: true }, metresBetween);
    return connection;
  } catch (error) {
    throw openFault(error, path);
  }
}

function openFault(error: unknown, path: string): unknown {
  const attempted = 'opening the file of records';
  const mapped = mapSqliteError(error, path, attempted);
  if (mapped !== error || !(error instanceof Error)) return mapped;
  const message = `${attempted} ${path}: ${error.message}`;
  const options = { retryable: true, fields: { path }, cause: error };
  return new OperatingError('SINK_UNREACHABLE', message, options);
}
