import assert from 'node:assert/strict';
import type SqliteDatabase from 'better-sqlite3';
import { mapSqliteError } from './sqlite-error.ts';

export type SqlValue = string | number | bigint | Uint8Array | null;

/**
 * - `durable`: on disk when the call returns; for checkpoints and for what was promised to others.
 * - `ordered`: survives the end of the process at once and a power cut soon after. The log is
 *   written in order, so a power cut only takes away the newest commits, never one from the middle,
 *   and the next `durable` commit carries all earlier ones with it.
 */
export type Durability = 'durable' | 'ordered';

export interface RunResult {
  readonly changes: number;
  readonly lastId: number;
}

/** One SQLite connection with prepared statements kept by their text and errors mapped in one place. */
export class StoreDatabase {
  readonly path: string;
  readonly #connection: SqliteDatabase.Database;
  readonly #statements = new Map<string, SqliteDatabase.Statement<SqlValue[]>>();

  constructor(connection: SqliteDatabase.Database, path: string) {
    this.#connection = connection;
    this.path = path;
  }

  run(sql: string, ...values: readonly SqlValue[]): RunResult {
    return this.#guard(() => {
      const { changes, lastInsertRowid } = this.#statement(sql).run(...values);
      return { changes, lastId: Number(lastInsertRowid) };
    });
  }

  get<Row>(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  all<Row>(sql: string, ...values: readonly SqlValue[]): Row[] {
    return this.#guard(() => this.#statement(sql).all(...values) as Row[]);
  }

  /** Rows one at a time; nothing may be written until the iteration has ended. */
  *iterate<Row>(sql: string, ...values: readonly SqlValue[]): Generator<Row> {
    try {
      yield* this.#statement(sql).iterate(...values) as IterableIterator<Row>;
    } catch (error) {
      throw mapSqliteError(error, this.path, 'reading the store');
    }
  }

  /** Inside a transaction that is already open, the work simply becomes a part of it. */
  transaction<T>(durability: Durability, work: () => T): T {
    if (this.#connection.inTransaction) return work();
    return this.#guard(() => {
      this.#connection.pragma(`synchronous = ${durability === 'durable' ? 'FULL' : 'NORMAL'}`);
      return this.#connection.transaction(work).immediate();
    });
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }

  #statement(sql: string): SqliteDatabase.Statement<SqlValue[]> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare<SqlValue[]>(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<T>(work: () => T): T {
    assert(this.#connection.open, 'the store is used after it was closed');
    try {
      return work();
    } catch (error) {
      throw mapSqliteError(error, this.path, 'writing or reading the store');
    }
  }
}
