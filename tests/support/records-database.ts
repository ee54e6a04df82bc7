import { join } from 'node:path';
import type { TestContext } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import pg from 'pg';
import { postgresMissing, sharedPostgres } from './postgres-server.ts';
import { tempFolder } from './temp-folder.ts';

/** A database of records, and a look into it besides the store. */
export interface RecordsDatabase {
  readonly databaseUrl: string | null;
  readonly sqlitePath: string;
  /** Rows as plain objects. */
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Rows of the table that are not deleted. */
  count(table: string): Promise<number>;
}

export interface RecordsDatabaseKind {
  readonly name: 'SQLite' | 'PostgreSQL';
  readonly skip: string | false;
  open(t: TestContext): Promise<RecordsDatabase>;
}

/** Both, for tests that have to hold over either. */
export const recordsDatabases: readonly RecordsDatabaseKind[] = [
  { name: 'SQLite', skip: false, open: openSqlite },
  { name: 'PostgreSQL', skip: postgresMissing, open: openPostgresDatabase },
];

async function openSqlite(t: TestContext): Promise<RecordsDatabase> {
  const sqlitePath = join(tempFolder(t), 'records.sqlite');
  const query = async (sql: string): Promise<Record<string, unknown>[]> => {
    const database = new SqliteDatabase(sqlitePath, { readonly: true });
    try {
      return database.prepare(sql).all() as Record<string, unknown>[];
    } finally {
      database.close();
    }
  };
  return { databaseUrl: null, sqlitePath, query, count: (table) => countOf(query, table) };
}

async function openPostgresDatabase(t: TestContext): Promise<RecordsDatabase> {
  const databaseUrl = await (await sharedPostgres()).databaseUrl();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  // A server that is stopped by the test ends connections that nobody uses.
  pool.on('error', () => {});
  t.after(() => pool.end());
  const query = async (sql: string) => (await pool.query<Record<string, unknown>>(sql)).rows;
  const sqlitePath = join(tempFolder(t), 'unused.sqlite');
  return { databaseUrl, sqlitePath, query, count: (table) => countOf(query, table) };
}

async function countOf(query: RecordsDatabase['query'], table: string): Promise<number> {
  const [row] = await query(`SELECT count(*) AS n FROM ${table} WHERE deleted_at IS NULL`);
  return Number(row?.['n']);
}
