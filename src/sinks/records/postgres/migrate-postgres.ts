import { errorText, OperatingError } from '../../../core/errors.ts';
import type { RecordTable } from '../../../model/record-table.ts';
import { ConstraintError } from '../constraint-error.ts';
import { quoted } from '../sql-name.ts';
import { tableDifference } from '../table-difference.ts';
import { referenceDdl, uniqueDdl, uniqueName } from '../table-rules.ts';
import { BOOKKEEPING } from './bookkeeping-ddl.ts';
import type { PostgresSession } from './postgres-session.ts';
import { columnDdl, indexDdl, tableDdl } from './table-ddl.ts';

/** An index over rows that are there already takes its time. */
const STATEMENT_LIMIT_MS = 3_600_000;

/**
 * Brings the database to the newest schema; to be called within one transaction that holds the lock of writers.
 * @throws {OperatingError} SINK_REFUSED: PostGIS is missing, the schema is a newer Millrace's, or a table differs in a
 * way that would lose data.
 */
export async function migratePostgres(
  session: PostgresSession,
  tables: readonly RecordTable[],
): Promise<void> {
  await session.extendTimeLimit(STATEMENT_LIMIT_MS);
  if (tables.some(({ place }) => place)) await makePostgis(session);
  await migrateBookkeeping(session);
  const known = await session.all<{ name: string; definition: RecordTable }>(
    'SELECT name, definition FROM indexer_tables',
  );
  const definitions = new Map(known.map(({ name, definition }) => [name, definition]));
  for (const table of tables) {
    const before = definitions.get(table.name);
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(table)) continue;
    if (before === undefined) await makeTable(session, table, tables);
    else await alterTable(session, table, tables, before);
    for (const sql of indexDdl(table)) await session.execute(sql);
    await session.run(
      'INSERT INTO indexer_tables VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET definition = excluded.definition',
      [table.name, table.collection, JSON.stringify(table)],
    );
  }
}

async function makePostgis(session: PostgresSession): Promise<void> {
  try {
    await session.execute('CREATE EXTENSION IF NOT EXISTS postgis');
  } catch (error) {
    if (error instanceof OperatingError && error.retryable) throw error;
    const text = `PostGIS is needed and cannot be made: ${errorText(error)}; install it on the server, and let the owner of the database run CREATE EXTENSION postgis`;
    throw refused(session, text);
  }
}

async function migrateBookkeeping(session: PostgresSession): Promise<void> {
  await session.execute(
    'CREATE TABLE IF NOT EXISTS millrace_migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
  );
  const [row] = await session.all<{ version: number }>(
    'SELECT coalesce(max(version), 0) AS version FROM millrace_migrations',
  );
  const version = row?.version ?? 0;
  if (version > BOOKKEEPING.length) {
    const text = `its schema version is ${version} and this Millrace knows up to ${BOOKKEEPING.length}; update Millrace`;
    throw refused(session, text);
  }
  for (const [index, step] of BOOKKEEPING.entries()) {
    if (index < version) continue;
    await session.execute(step);
    await session.run('INSERT INTO millrace_migrations (version) VALUES ($1)', [index + 1]);
  }
}

async function makeTable(
  session: PostgresSession,
  table: RecordTable,
  tables: readonly RecordTable[],
): Promise<void> {
  await session.execute(tableDdl(table, tables));
  for (const rule of table.unique) await session.execute(uniqueDdl(table, rule));
}

async function alterTable(
  session: PostgresSession,
  table: RecordTable,
  tables: readonly RecordTable[],
  before: RecordTable,
): Promise<void> {
  const { columns, references, refused: reasons } = tableDifference(before, table);
  if (reasons.length > 0) {
    const text = `table ${table.name} differs from what is wanted and would lose data: ${reasons.join('; ')}`;
    throw refused(session, text);
  }
  const added = [
    ...columns.map((column) => columnDdl(table, column)),
    ...references.map((reference) => referenceDdl(reference, tables, 'uuid')),
  ];
  for (const ddl of added) {
    await session.execute(`ALTER TABLE ${quoted(table.name)} ADD COLUMN ${ddl}`);
  }
  if (JSON.stringify(before.unique) === JSON.stringify(table.unique)) return;
  for (const rule of before.unique) await session.execute(`DROP INDEX ${uniqueName(before, rule)}`);
  try {
    for (const rule of table.unique) await session.execute(uniqueDdl(table, rule));
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    throw refused(session, `rows of table ${table.name} break its new unique rule`);
  }
}

function refused({ database }: PostgresSession, reason: string): OperatingError {
  const message = `making the tables of records in ${database}: ${reason}`;
  return new OperatingError('SINK_REFUSED', message, { retryable: false, fields: { database } });
}
