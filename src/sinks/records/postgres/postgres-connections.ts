import assert from 'node:assert/strict';
import pg, { type PoolClient, type PoolConfig } from 'pg';
import { OperatingError } from '../../../core/errors.ts';
import { mapPostgresError, type PostgresAttempt } from './postgres-error.ts';
import { PostgresSession, type SqlValue } from './postgres-session.ts';

/** Others that write hold the lock for one batch; one that hangs within a transaction is put out by the server. */
const CONNECT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 30_000;
const IDLE_IN_TRANSACTION_MS = 30_000;
const STATEMENT_TIMEOUT_MS = 60_000;
/** When not even the server's own time limit is heard of. */
const ANSWER_TIMEOUT_MS = 75_000;
/** Of reads and leases, which must not wait for a batch. */
const READERS = 3;

/**
 * `MllR` in ASCII: the lock that all who write records into one database take in turn, as in SQLite, where the file is
 * one. Without it two streams with the same records, or a dead letter tried again beside a stream, could each decide by
 * what the other is about to change.
 */
const WRITER_LOCK = 0x4d_6c_6c_52;

/**
 * Besides the lock: keys of a batch are each looked up by an index. Of tables that grow fast the planner knows too
 * little, and would rather read all of them.
 */
const BEGIN = [
  'BEGIN',
  'SET LOCAL enable_hashjoin = off',
  'SET LOCAL enable_mergejoin = off',
  'SET LOCAL jit = off',
  `SELECT pg_advisory_xact_lock(${WRITER_LOCK})`,
].join('; ');

/** One connection that writes, one piece of work after the other, and a few that read; each is made when needed. */
export class PostgresConnections {
  /** Host, port and name of the database. */
  readonly database: string;
  readonly #writer: pg.Pool;
  readonly #readers: pg.Pool;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @throws {OperatingError} CONFIG: no address of a database. */
  constructor(databaseUrl: string) {
    this.database = databaseName(databaseUrl);
    this.#writer = makePool(databaseUrl, 1);
    this.#readers = makePool(databaseUrl, READERS);
  }

  /** One statement beside all writing, durable when it resolves. */
  async query<Row>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    const attempted = 'reading or leasing records';
    const client = await this.#connect(this.#readers, attempted);
    return await this.#using(client, { attempted, database: this.database }, (session) => {
      return session.all<Row>(sql, values);
    });
  }

  /** Everything `work` writes is durable when this resolves, or nothing is when it rejects. */
  async write<T>(work: (session: PostgresSession) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#transaction(work));
    // Whoever asked for it is told of the failure; the next one in turn does not care.
    this.#last = turn.catch(() => undefined);
    return await turn;
  }

  /** Ends all connections once the work is done; doing so again does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#last;
    await Promise.all([this.#writer.end(), this.#readers.end()]);
  }

  async #transaction<T>(work: (session: PostgresSession) => Promise<T>): Promise<T> {
    const attempted = 'writing records';
    const client = await this.#connect(this.#writer, attempted);
    return await this.#using(client, { attempted, database: this.database }, async (session) => {
      try {
        await session.execute(BEGIN);
        const result = await work(session);
        await session.commit();
        return result;
      } catch (error) {
        await session.rollback();
        throw error;
      }
    });
  }

  async #connect(pool: pg.Pool, attempted: string): Promise<PoolClient> {
    assert(!this.#closed, 'the record store is used after it was closed');
    try {
      return await pool.connect();
    } catch (error) {
      throw mapPostgresError(error, { attempted, database: this.database });
    }
  }

  /** A connection that failed in any way but by an answer of the server is not used again. */
  async #using<T>(
    client: PoolClient,
    attempt: PostgresAttempt,
    work: (session: PostgresSession) => Promise<T>,
  ): Promise<T> {
    const session = new PostgresSession(client, attempt);
    try {
      return await work(session);
    } finally {
      client.release(session.broken);
    }
  }
}

function makePool(connectionString: string, max: number): pg.Pool {
  const config: PoolConfig = {
    connectionString,
    max,
    application_name: 'millrace',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
  };
  const pool = new pg.Pool(config);
  // A connection that ends while nothing is asked of it is told of by the next thing that is.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

function databaseName(databaseUrl: string): string {
  const url = URL.parse(databaseUrl);
  if (url !== null && /^postgres(ql)?:$/.test(url.protocol)) return `${url.host}${url.pathname}`;
  const message =
    'opening the database of records: postgres://user:password@host:port/name was expected as its address, something else came';
  throw new OperatingError('CONFIG', message, { retryable: false });
}
