import { OperatingError } from '../core/errors.ts';
import { type ClickhouseClient, quoteName } from './clickhouse-client.ts';
import { ledgerStatsTables } from './ledger-stats-tables.ts';
import { swapTables } from './swap-tables.ts';

interface Migration {
  readonly version: number;
  readonly statements: (table: (name: string) => string) => readonly string[];
}

/**
 * Tables by version. Those named `jetstreamer_…` have the names, columns, engines and keys of
 * anza-xyz/jetstreamer (`jetstreamer-plugin`, `ensure_clickhouse_tables`), so that queries written for it work.
 * Every statement may run again.
 */
const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    statements: (table) => [
      `CREATE TABLE IF NOT EXISTS ${table('jetstreamer_slot_status')} (
        slot UInt64,
        transaction_count UInt32 DEFAULT 0,
        vote_transaction_count UInt32 DEFAULT 0,
        non_vote_transaction_count UInt32 DEFAULT 0,
        thread_id UInt8 DEFAULT 0,
        block_time DateTime('UTC') DEFAULT toDateTime(0),
        indexed_at DateTime('UTC') DEFAULT now()
      ) ENGINE = ReplacingMergeTree(indexed_at) ORDER BY slot`,
      `CREATE TABLE IF NOT EXISTS ${table('jetstreamer_plugins')} (
        id UInt32,
        name String,
        version UInt32
      ) ENGINE = ReplacingMergeTree ORDER BY id`,
      `CREATE TABLE IF NOT EXISTS ${table('jetstreamer_plugin_slots')} (
        plugin_id UInt32,
        slot UInt64,
        indexed_at DateTime('UTC') DEFAULT now()
      ) ENGINE = ReplacingMergeTree ORDER BY (plugin_id, slot)`,
      `CREATE TABLE IF NOT EXISTS ${table('millrace_sessions')} (
        session String,
        program String,
        state LowCardinality(String),
        conflicts UInt32,
        total_chunks Nullable(UInt64),
        chunk_count UInt64,
        missing_ranges UInt32,
        decode LowCardinality(String),
        bytes UInt64,
        sha256 Nullable(String),
        file Nullable(String),
        delivered UInt8,
        first_slot UInt64,
        last_slot UInt64,
        finalize_slot Nullable(UInt64),
        finalize_signature Nullable(String),
        updated_at DateTime64(3, 'UTC') DEFAULT now64(3)
      ) ENGINE = ReplacingMergeTree(updated_at) ORDER BY (session, program)`,
    ],
  },
  { version: 2, statements: ledgerStatsTables },
  { version: 3, statements: swapTables },
];

/**
 * Creates the database and brings its tables to this program's version. Repeatable, and harmless when two
 * processes do it at once.
 * @throws {OperatingError} SINK_REFUSED when the database was written by a newer Millrace, SINK_UNREACHABLE.
 */
export async function migrateClickhouse(
  client: ClickhouseClient,
  signal: AbortSignal,
): Promise<void> {
  const versions = client.nameOf('millrace_migrations');
  await client.command(`CREATE DATABASE IF NOT EXISTS ${quoteName(client.database)}`, signal);
  await client.command(
    `CREATE TABLE IF NOT EXISTS ${versions} (
      version UInt32,
      applied_at DateTime('UTC') DEFAULT now()
    ) ENGINE = ReplacingMergeTree(applied_at) ORDER BY version`,
    signal,
  );
  const sql = `SELECT max(version) AS version FROM ${versions}`;
  const [row] = await client.rows<{ readonly version: number }>(sql, signal);
  const present = row?.version ?? 0;
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  if (present > newest) throw newerTables(client.database, present, newest);
  for (const { version, statements } of MIGRATIONS.filter((step) => step.version > present)) {
    for (const statement of statements((name) => client.nameOf(name))) {
      await client.command(statement, signal);
    }
    await client.command(`INSERT INTO ${versions} (version) VALUES (${version})`, signal);
  }
}

function newerTables(database: string, present: number, newest: number): OperatingError {
  return new OperatingError(
    'SINK_REFUSED',
    `opening ClickHouse database ${database}: expected tables of version ${newest} or older, received ${present}; a newer Millrace made them: update this one, or name another database in MILLRACE_CLICKHOUSE_DATABASE`,
    { retryable: false, fields: { present, newest } },
  );
}
