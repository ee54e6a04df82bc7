import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type SqliteDatabase from 'better-sqlite3';
import { isBusy, mapSqliteError } from './map-sqlite-error.ts';

export type SqliteValue = string | number | null;

/** Pause before the file is asked for again while another process writes to it. */
const BUSY_PAUSE_MS = 5;

/**
 * One connection whose work is done one piece after the other. Statements are kept by their text, errors are mapped
 * here, and the wait for other processes lets this one go on with other things.
 */
export class SqliteConnection {
  readonly path: string;
  readonly #connection: SqliteDatabase.Database;
  readonly #busyTimeoutMs: number;
  readonly #statements = new Map<string, SqliteDatabase.Statement<SqliteValue[]>>();
  #last: Promise<unknown> = Promise.resolve();
  /** Asked for each statement, and the connection itself would take some time to answer. */
  #closed = false;

  constructor(connection: SqliteDatabase.Database, path: string, busyTimeoutMs: number) {
    this.#connection = connection;
    this.path = path;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  /** Rows changed. */
  run(sql: string, ...values: readonly SqliteValue[]): number {
    return this.#guard(() => this.#statement(sql).run(...values).changes);
  }

  get<Row>(sql: string, ...values: readonly SqliteValue[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  all<Row>(sql: string, ...values: readonly SqliteValue[]): Row[] {
    return this.#guard(() => this.#statement(sql).all(...values) as Row[]);
  }

  /** Several statements, without values. */
  execute(sql: string): void {
    this.#guard(() => this.#connection.exec(sql));
  }

  /** One statement that reads, behind all work that was asked for before. */
  async read<T>(work: () => T): Promise<T> {
    return await this.#inTurn(() => this.#whenFree(work));
  }

  /** Everything `work` writes is on disk when this resolves, or nothing is when it rejects. */
  async write<T>(work: () => T | Promise<T>): Promise<T> {
    return await this.#inTurn(() => this.#transaction(work));
  }

  /**
   * Like `write`. When `first` rejects with an error that `isUndone` knows, `instead` is done in its place, with no
   * other work between the two: what is asked for later must not be written earlier.
   */
  async writeEither<T>(
    first: () => Promise<T>,
    isUndone: (error: unknown) => boolean,
    instead: () => Promise<T>,
  ): Promise<T> {
    return await this.#inTurn(async () => {
      try {
        return await this.#transaction(first);
      } catch (error) {
        if (!isUndone(error)) throw error;
      }
      return await this.#transaction(instead);
    });
  }

  /** Within `write`: undoes what `work` did when it rejects. */
  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    this.run('SAVEPOINT part');
    try {
      const result = await work();
      this.run('RELEASE part');
      return result;
    } catch (error) {
      if (this.#connection.inTransaction) {
        this.run('ROLLBACK TO part');
        this.run('RELEASE part');
      }
      throw error;
    }
  }

  /** Ends the connection once all work is done; doing so again does nothing. */
  async close(): Promise<void> {
    await this.#inTurn(async () => {
      this.#closed = true;
      this.#statements.clear();
      this.#connection.close();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    // Whoever asked for it is told of the failure; the next one in turn does not care.
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #transaction<T>(work: () => T | Promise<T>): Promise<T> {
    await this.#whenFree(() => this.execute('BEGIN IMMEDIATE'));
    try {
      const result = await work();
      this.execute('COMMIT');
      return result;
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#connection.inTransaction) this.execute('ROLLBACK');
      throw error;
    }
  }

  async #whenFree<T>(work: () => T): Promise<T> {
    const giveUpMs = performance.now() + this.#busyTimeoutMs;
    for (;;) {
      try {
        return work();
      } catch (error) {
        const busy = error instanceof Error && isBusy(error.cause);
        if (!busy || performance.now() > giveUpMs) throw error;
      }
      await sleep(BUSY_PAUSE_MS);
    }
  }

  #statement(sql: string): SqliteDatabase.Statement<SqliteValue[]> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare<SqliteValue[]>(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<T>(work: () => T): T {
    assert(!this.#closed, 'the record store is used after it was closed');
    try {
      return work();
    } catch (error) {
      throw mapSqliteError(error, this.path, 'writing or reading records');
    }
  }
}
