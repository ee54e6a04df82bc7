import { OperatingError } from '../../../core/errors.ts';
import type { RecordTable } from '../../../model/record-table.ts';
import { ConstraintError } from '../constraint-error.ts';
import { quoted } from '../sql-name.ts';
import { tableDifference } from '../table-difference.ts';
import { referenceDdl, uniqueDdl, uniqueName } from '../table-rules.ts';
import { BOOKKEEPING } from './bookkeeping-ddl.ts';
import { placesDdl } from './places-ddl.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { columnDdl, indexDdl, tableDdl } from './table-ddl.ts';

/** `MllR` in ASCII, written to the file header so that a foreign database is noticed. */
const APPLICATION_ID = 0x4d_6c_6c_52;

/**
 * Brings the file to the newest schema; to be called within one transaction.
 * @throws {OperatingError} SINK_REFUSED: the file is another program's or a newer Millrace's, or a table differs in a
 * way that would lose data.
 */
export function migrateSqlite(connection: SqliteConnection, tables: readonly RecordTable[]): void {
  migrateBookkeeping(connection);
  for (const table of tables) {
    const known = connection.get<{ definition: string }>(
      'SELECT definition FROM indexer_tables WHERE name = ?',
      table.name,
    );
    if (known === undefined) makeTable(connection, table, tables);
    else alterTable(connection, table, tables, JSON.parse(known.definition) as RecordTable);
    for (const sql of indexDdl(table)) connection.execute(sql);
    connection.run(
      'INSERT INTO indexer_tables VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET definition = excluded.definition',
      ...[table.name, table.collection, JSON.stringify(table)],
    );
  }
}

function migrateBookkeeping(connection: SqliteConnection): void {
  const version = numberOf(connection, 'SELECT user_version AS n FROM pragma_user_version');
  const owner = numberOf(connection, 'SELECT application_id AS n FROM pragma_application_id');
  const tables = numberOf(connection, 'SELECT count(*) AS n FROM sqlite_schema');
  if (owner !== APPLICATION_ID && (owner !== 0 || version !== 0 || tables !== 0)) {
    throw refused(connection, 'it is the database of another program; name another file');
  }
  if (version > BOOKKEEPING.length) {
    const text = `its schema version is ${version} and this Millrace knows up to ${BOOKKEEPING.length}; update Millrace`;
    throw refused(connection, text);
  }
  for (const step of BOOKKEEPING.slice(version)) connection.execute(step);
  connection.execute(`PRAGMA application_id = ${APPLICATION_ID}`);
  connection.execute(`PRAGMA user_version = ${BOOKKEEPING.length}`);
}

function numberOf(connection: SqliteConnection, sql: string): number {
  return connection.get<{ n: number }>(sql)?.n ?? 0;
}

function makeTable(
  connection: SqliteConnection,
  table: RecordTable,
  tables: readonly RecordTable[],
): void {
  connection.execute(tableDdl(table, tables));
  if (table.place) for (const sql of placesDdl(table)) connection.execute(sql);
  for (const rule of table.unique) connection.execute(uniqueDdl(table, rule));
}

function alterTable(
  connection: SqliteConnection,
  table: RecordTable,
  tables: readonly RecordTable[],
  before: RecordTable,
): void {
  const { columns, references, refused: reasons } = tableDifference(before, table);
  if (reasons.length > 0) {
    const text = `table ${table.name} differs from what is wanted and would lose data: ${reasons.join('; ')}`;
    throw refused(connection, text);
  }
  const added = [
    ...columns.map((column) => columnDdl(table, column)),
    ...references.map((reference) => referenceDdl(reference, tables, 'TEXT')),
  ];
  for (const ddl of added) {
    connection.execute(`ALTER TABLE ${quoted(table.name)} ADD COLUMN ${ddl}`);
  }
  if (JSON.stringify(before.unique) === JSON.stringify(table.unique)) return;
  for (const rule of before.unique) {
    connection.execute(`DROP INDEX ${uniqueName(before, rule)}`);
  }
  try {
    for (const rule of table.unique) connection.execute(uniqueDdl(table, rule));
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    throw refused(connection, `rows of table ${table.name} break its new unique rule`);
  }
}

function refused(connection: SqliteConnection, reason: string): OperatingError {
  const fields = { path: connection.path };
  const message = `making the tables of records in ${connection.path}: ${reason}`;
  return new OperatingError('SINK_REFUSED', message, { retryable: false, fields });
}
