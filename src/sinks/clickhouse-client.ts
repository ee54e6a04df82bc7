import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { type BackoffOptions, backoffDelayMs } from '../core/backoff.ts';
import { OperatingError } from '../core/errors.ts';
import { clickhouseError } from './clickhouse-error.ts';

export interface ClickhouseClientOptions {
  /** `http://user:password@host:8123`; user and password are sent as credentials, never in the address. */
  readonly dsn: string;
  /** Every table name below is taken inside this database. */
  readonly database: string;
  readonly requestTimeoutMs: number;
  readonly triesMax: number;
  readonly backoff: BackoffOptions;
  /** Value in [0, 1) for the jitter of retries. */
  readonly random: () => number;
}

/** Values by the names that a statement has for them. */
export type QueryParams = Readonly<Record<string, string | number>>;

interface Insert {
  readonly table: string;
  readonly query: string;
  readonly parts: readonly Buffer[];
  readonly settings?: { readonly optimize_on_insert?: 0 };
}

/** Bookkeeping is a few batches at a time; a server for one machine should not see more. */
const CONNECTIONS_MAX = 8;
const SERVER_SHARE_OF_TIMEOUT = 0.8;
/** Below the server's keep-alive time of 10 s (its default `keep_alive_timeout`), so that no dead socket is used. */
const IDLE_SOCKET_MS = 2_500;

/** ClickHouse over HTTP with bounded retries. Every request is harmless to repeat: inserts go to replacing tables. */
export class ClickhouseClient {
  readonly database: string;
  readonly #options: ClickhouseClientOptions;
  readonly #client: ReturnType<typeof createClient>;
  readonly #serverSeconds: number;

  /** @throws {OperatingError} CONFIG when the DSN is no address. */
  constructor(options: ClickhouseClientOptions) {
    const { url, username, password } = parseDsn(options.dsn);
    this.database = options.database;
    this.#options = options;
    this.#serverSeconds = Math.ceil((options.requestTimeoutMs * SERVER_SHARE_OF_TIMEOUT) / 1000);
    this.#client = createClient({
      url,
      ...(username === '' ? {} : { username, password }),
      request_timeout: options.requestTimeoutMs,
      max_open_connections: CONNECTIONS_MAX,
      keep_alive: { enabled: true, idle_socket_ttl: IDLE_SOCKET_MS },
      log: { level: ClickHouseLogLevel.OFF },
    });
  }

  /** Runs a statement that gives no rows. */
  async command(sql: string, signal: AbortSignal): Promise<void> {
    await this.#withRetries(`running "${firstWords(sql)}"`, signal, async () => {
      await this.#client.command({ query: sql, abort_signal: signal });
    });
  }

  /**
   * Runs a statement that gives no rows, with values for its `{name:Type}`. The server gives up before we do, so that
   * a statement is not tried again while it still runs.
   */
  async commandWith(sql: string, params: QueryParams, signal: AbortSignal): Promise<void> {
    await this.#withRetries(`running "${firstWords(sql)}"`, signal, async () => {
      await this.#client.command({
        query: sql,
        query_params: params,
        clickhouse_settings: { max_execution_time: this.#serverSeconds },
        abort_signal: signal,
      });
    });
  }

  /** The rows of a query as objects of texts and numbers; 64-bit integers come as texts. */
  async rows<T>(sql: string, signal: AbortSignal): Promise<readonly T[]> {
    return this.rowsWith(sql, {}, signal);
  }

  /** As `rows`, with values for the query's `{name:Type}`: what others say never becomes part of a statement. */
  async rowsWith<T>(sql: string, params: QueryParams, signal: AbortSignal): Promise<readonly T[]> {
    return this.#withRetries(`asking "${firstWords(sql)}"`, signal, async () => {
      const result = await this.#client.query({
        query: sql,
        query_params: params,
        format: 'JSONEachRow',
        clickhouse_settings: {
          output_format_json_quote_64bit_integers: 1,
          max_execution_time: this.#serverSeconds,
        },
        abort_signal: signal,
      });
      return result.json<T>();
    });
  }

  /** Inserts rows that are already in RowBinary; resolves when the server has accepted them. */
  async insert(
    table: string,
    columns: readonly string[],
    rows: Buffer,
    signal: AbortSignal,
  ): Promise<void> {
    const names = columns.map(quoteName).join(', ');
    const query = `INSERT INTO ${this.nameOf(table)} (${names}) FORMAT RowBinary`;
    await this.#send({ table, query, parts: [rows] }, signal);
  }

  /**
   * Inserts one block that is already in Native, which names its columns; resolves when the server has accepted it.
   * Its rows must differ in their keys: the server is told not to look for equal ones.
   */
  async insertBlock(table: string, parts: readonly Buffer[], signal: AbortSignal): Promise<void> {
    const query = `INSERT INTO ${this.nameOf(table)} FORMAT Native`;
    const settings = { optimize_on_insert: 0 } as const;
    await this.#send({ table, query, parts, settings }, signal);
  }

  /** The quoted name of a table in our database. */
  nameOf(table: string): string {
    return `${quoteName(this.database)}.${quoteName(table)}`;
  }

  /** Open connections would make the server wait for them when it stops. */
  async close(): Promise<void> {
    await this.#client.close();
  }

  async #send({ table, query, parts, settings = {} }: Insert, signal: AbortSignal): Promise<void> {
    await this.#withRetries(`inserting into ${table}`, signal, async () => {
      const values = Readable.from(parts, { objectMode: false });
      const options = { query, values, clickhouse_settings: settings, abort_signal: signal };
      const { stream } = await this.#client.exec(options);
      // The socket is free again only when the empty answer has been read.
      for await (const _part of stream);
    });
  }

  async #withRetries<T>(
    attempted: string,
    signal: AbortSignal,
    request: () => Promise<T>,
  ): Promise<T> {
    const { triesMax, backoff, random } = this.#options;
    for (let tries = 1; ; tries++) {
      signal.throwIfAborted();
      try {
        return await request();
      } catch (cause) {
        signal.throwIfAborted();
        const error = clickhouseError(attempted, cause);
        if (!error.retryable || tries >= triesMax) throw error;
      }
      await sleep(backoffDelayMs(tries - 1, backoff, random()), undefined, { signal });
    }
  }
}

export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

function firstWords(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

function parseDsn(dsn: string): { url: string; username: string; password: string } {
  if (!URL.canParse(dsn)) {
    const message = 'opening ClickHouse: expected an address such as http://host:8123';
    throw new OperatingError('CONFIG', message, { retryable: false });
  }
  const url = new URL(dsn);
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  return { url: url.href, username, password };
}
