import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { DatabaseError, type PoolClient, type QueryConfig } from 'pg';
import { OperatingError } from '../../../core/errors.ts';
import { mapPostgresError, type PostgresAttempt } from './postgres-error.ts';

export type SqlValue =
  | string
  | number
  | boolean
  | null
  | readonly (string | number | boolean | null)[];

/** SQLSTATEs that a server ends the connection with. */
const ENDINGS = /^(08|25P03|25P04|57P)/;

/** One connection while it is ours: errors are mapped here, and whether it can be used again is known here. */
export class PostgresSession {
  readonly #client: PoolClient;
  readonly #attempt: PostgresAttempt;
  #broken = false;
  /** Null for that of the connection. */
  #answerTimeoutMs: number | null = null;

  constructor(client: PoolClient, attempt: PostgresAttempt) {
    this.#client = client;
    this.#attempt = attempt;
  }

  /** Whether the connection is lost, or nobody knows what it does. */
  get broken(): boolean {
    return this.#broken;
  }

  get database(): string {
    return this.#attempt.database;
  }

  async all<Row>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    const { rows } = await this.#ask(prepared(sql, values));
    return rows as Row[];
  }

  /** Several statements, without values. */
  async execute(sql: string): Promise<void> {
    await this.#ask({ text: sql });
  }

  /** Rows changed. */
  async run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    const { rowCount } = await this.#ask(prepared(sql, values));
    return rowCount ?? 0;
  }

  /** Lets each statement take longer, until the transaction ends. */
  async extendTimeLimit(limitMs: number): Promise<void> {
    await this.execute(`SET LOCAL statement_timeout = ${limitMs}`);
    this.#answerTimeoutMs = limitMs;
  }

  async commit(): Promise<void> {
    const { command } = await this.#ask({ text: 'COMMIT' });
    // The server answers so, and without an error, when a statement failed and went unnoticed.
    assert.equal(command, 'COMMIT', 'the transaction was committed after a statement had failed');
  }

  /** Undoes the transaction, be it by ending the connection. */
  async rollback(): Promise<void> {
    if (this.#broken) return;
    try {
      await this.#ask({ text: 'ROLLBACK' });
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      this.#broken = true;
    }
  }

  /** Undoes what `work` did when it rejects. */
  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    await this.execute('SAVEPOINT part');
    try {
      const result = await work();
      await this.execute('RELEASE part');
      return result;
    } catch (error) {
      if (!this.#broken) await this.execute('ROLLBACK TO part; RELEASE part');
      throw error;
    }
  }

  async #ask(query: QueryConfig) {
    const limit = this.#answerTimeoutMs === null ? {} : { query_timeout: this.#answerTimeoutMs };
    try {
      return await this.#client.query({ ...query, ...limit });
    } catch (error) {
      this.#broken ||= !(error instanceof DatabaseError) || ENDINGS.test(error.code ?? '');
      throw mapPostgresError(error, this.#attempt);
    }
  }
}

/** Names of prepared statements by their text; there are as many as the code and the tables have. */
const names = new Map<string, string>();

/** A statement that each connection parses and plans once. */
function prepared(text: string, values: readonly SqlValue[]): QueryConfig {
  let name = names.get(text);
  if (name === undefined) {
    name = `millrace_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    names.set(text, name);
  }
  return { name, text, values: [...values] };
}
