import assert from 'node:assert/strict';
import type { BatchOutcome, RecordBatch, StreamLease } from '../../../model/record-batch.ts';
import type { RecordTable } from '../../../model/record-table.ts';
import type { StreamPosition } from '../../../model/stream-frame.ts';
import { applyBatch } from '../apply-batch.ts';
import { emptyTally, retryRecord } from '../apply-records.ts';
import { changeOfLetter, type DeadLetterRow, letterOf } from '../dead-letter.ts';
import type { ApplyContext } from '../plan-changes.ts';
import type {
  DeadLetter,
  DeadLetterQuery,
  NearbyQuery,
  NearbyRow,
  PruneLimits,
  RecordStore,
} from '../record-store.ts';
import { countRowsSql } from './count-rows.ts';
import { migratePostgres } from './migrate-postgres.ts';
import { type FoundRow, nearbyRow, nearbySql, nearbyValues } from './nearby-rows.ts';
import { PostgresConnections } from './postgres-connections.ts';
import { FIND_DEAD_LETTER, LIST_DEAD_LETTERS, queryValues } from './postgres-dead-letters.ts';
import { GIVE_UP_LEASE, leaseLost, PROLONG_LEASE, TAKE_LEASE } from './postgres-leases.ts';
import type { PostgresSession, SqlValue } from './postgres-session.ts';
import { PostgresTransaction } from './postgres-transaction.ts';
import {
  PRUNE_ACCOUNTS,
  PRUNE_KEYS,
  PRUNE_PART,
  pruneDeadLetters,
  pruneSomePending,
} from './prune-postgres.ts';
import { COUNT_PENDING } from './transaction-statements.ts';

export interface PostgresRecordStoreOptions {
  /** `postgres://user:password@host:port/name`, with TLS as its `sslmode` says. */
  readonly databaseUrl: string;
  /** Each behind the tables that it refers to. */
  readonly tables: readonly RecordTable[];
  /** A new UUID. */
  readonly newId: () => string;
  /** Most records that may wait for others at once. */
  readonly pendingMax: number;
  /** Told of every piece of work when it has ended, well or not. */
  readonly onQuery?: (operation: string, seconds: number) => void;
}

const READ_POSITION =
  'SELECT time_us::float8 AS "timeUs", seq::float8 AS seq, host FROM indexer_state WHERE stream = $1';

/** Records in PostgreSQL with PostGIS. Any number of stores may share a database; their batches take turns. */
export class PostgresRecordStore implements RecordStore {
  readonly #connections: PostgresConnections;
  readonly #context: ApplyContext;
  readonly #onQuery: (operation: string, seconds: number) => void;

  /** Nothing is connected to yet. @throws {OperatingError} CONFIG: no address of a database. */
  constructor({ databaseUrl, tables, newId, pendingMax, onQuery }: PostgresRecordStoreOptions) {
    this.#connections = new PostgresConnections(databaseUrl);
    this.#context = { tables, newId, pendingMax };
    this.#onQuery = onQuery ?? (() => {});
  }

  async migrate(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#write('migrate', (session) => migratePostgres(session, this.#context.tables));
  }

  async ping(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#read('ping', 'SELECT 1');
  }

  async acquireLease(stream: string, holder: string, leaseMs: number): Promise<StreamLease | null> {
    const values = [stream, holder, leaseMs];
    const [row] = await this.#read<{ token: number }>('lease', TAKE_LEASE, values);
    return row === undefined ? null : { stream, holder, token: row.token };
  }

  async renewLease(lease: StreamLease): Promise<void> {
    const { stream, holder, token } = lease;
    const rows = await this.#read('lease', PROLONG_LEASE, [stream, holder, token]);
    if (rows.length === 0) throw leaseLost(lease);
  }

  async releaseLease({ stream, holder, token }: StreamLease): Promise<void> {
    await this.#read('lease', GIVE_UP_LEASE, [stream, holder, token]);
  }

  async readPosition(stream: string): Promise<StreamPosition | null> {
    const [row] = await this.#read<StreamPosition>('position', READ_POSITION, [stream]);
    return row ?? null;
  }

  async apply(batch: RecordBatch): Promise<BatchOutcome> {
    return await this.#write('apply', async (session) => {
      const transaction = new PostgresTransaction(session, batch.lease.stream);
      return await applyBatch(transaction, batch, this.#context);
    });
  }

  async deadLetters(query: DeadLetterQuery): Promise<readonly DeadLetter[]> {
    const values = queryValues(query);
    const rows = await this.#read<DeadLetterRow<Date>>('dead_letters', LIST_DEAD_LETTERS, values);
    return rows.map(letterOf);
  }

  async deadLetter(id: number): Promise<DeadLetter | null> {
    const [row] = await this.#read<DeadLetterRow<Date>>('dead_letters', FIND_DEAD_LETTER, [id]);
    return row === undefined ? null : letterOf(row);
  }

  async retryDeadLetter(id: number): Promise<boolean> {
    return await this.#write('retry', async (session) => {
      const [row] = await session.all<DeadLetterRow<Date>>(FIND_DEAD_LETTER, [id]);
      const letter = row === undefined ? null : letterOf(row);
      const change = letter === null ? null : changeOfLetter(letter);
      if (letter === null || change === null) return false;
      const transaction = new PostgresTransaction(session, letter.stream);
      const tally = emptyTally();
      if (!(await retryRecord(transaction, change, this.#context, tally))) return false;
      await transaction.saveDeadLetters(letter.stream, tally.deadLetters);
      await session.run('DELETE FROM indexer_dead_letters WHERE id = $1', [id]);
      return true;
    });
  }

  async prune({ keyAgeMs, pendingAgeMs, deadLettersMax }: PruneLimits): Promise<void> {
    for (let removed = PRUNE_PART; removed === PRUNE_PART; ) {
      const [row] = await this.#read<{ n: number }>('prune', PRUNE_KEYS, [keyAgeMs]);
      removed = row?.n ?? 0;
    }
    for (let more = true; more; ) {
      more = await this.#write('prune', (session) => pruneSomePending(session, pendingAgeMs));
    }
    await this.#write('prune', async (session) => {
      await session.run(PRUNE_ACCOUNTS, [pendingAgeMs]);
      await pruneDeadLetters(session, deadLettersMax);
    });
  }

  async nearby(query: NearbyQuery): Promise<readonly NearbyRow[]> {
    const table = this.#context.tables.find(({ name }) => name === query.table);
    assert(table?.place, `${query.table} is not a table with places`);
    const sql = nearbySql(table.name);
    return (await this.#read<FoundRow>('nearby', sql, nearbyValues(query))).map(nearbyRow);
  }

  async countPending(): Promise<number> {
    return (await this.#read<{ n: number }>('count', COUNT_PENDING))[0]?.n ?? 0;
  }

  async countRows(): Promise<Readonly<Record<string, number>>> {
    const { tables } = this.#context;
    if (tables.length === 0) return {};
    const rows = await this.#read<{ name: string; n: number }>('count', countRowsSql(tables));
    return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  /** One statement beside the batches; some of them write leases. */
  async #read<Row>(
    operation: string,
    sql: string,
    values: readonly SqlValue[] = [],
  ): Promise<Row[]> {
    return await this.#timed(operation, () => this.#connections.query<Row>(sql, values));
  }

  async #write<T>(operation: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    return await this.#timed(operation, () => this.#connections.write(work));
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
