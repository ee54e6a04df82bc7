import SqliteDatabase from 'better-sqlite3';
import { OperatingError } from '../../../core/errors.ts';
import { ConstraintError } from '../constraint-error.ts';

const REMEDIES: readonly (readonly [prefix: string, remedy: string])[] = [
  ['SQLITE_BUSY', 'another process writes to the file; it will be tried again'],
  ['SQLITE_LOCKED', 'the file is being written to; it will be tried again'],
  ['SQLITE_FULL', 'the disk is full; free space'],
  ['SQLITE_IOERR', 'the disk reported an error; check the file system'],
  ['SQLITE_CANTOPEN', 'the file cannot be opened; check that its folder exists and is writable'],
  ['SQLITE_READONLY', 'the file is read-only; make it and its folder writable'],
  ['SQLITE_PERM', 'access is denied; check who owns the file'],
  ['SQLITE_NOMEM', 'the machine is out of memory'],
];

export function isBusy(error: unknown): boolean {
  return error instanceof SqliteDatabase.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

/**
 * A broken constraint becomes a `ConstraintError`. What the machine does to us, and may not do later, becomes
 * SINK_UNREACHABLE; everything else that SQLite says, such as a damaged file or a changed table, SINK_REFUSED. What is
 * not of SQLite is returned unchanged.
 */
export function mapSqliteError(error: unknown, path: string, attempted: string): unknown {
  if (!(error instanceof SqliteDatabase.SqliteError)) return error;
  const { code, message: said } = error;
  if (code.startsWith('SQLITE_CONSTRAINT')) {
    return new ConstraintError(constraintOf(said), `${attempted} in ${path}: ${said}`, error);
  }
  const remedy = REMEDIES.find(([prefix]) => code.startsWith(prefix))?.[1];
  const fields = { path, sqlite: code };
  const options = { retryable: remedy !== undefined, fields, cause: error };
  const message = `${attempted} in ${path}: ${said} (${code})`;
  if (remedy === undefined) return new OperatingError('SINK_REFUSED', message, options);
  return new OperatingError('SINK_UNREACHABLE', `${message}; ${remedy}`, options);
}

/** SQLite names a constraint, or the columns, behind the colon; of foreign keys it names none. */
function constraintOf(said: string): string {
  const [kind = said, name] = said.split(' constraint failed: ');
  if (name === undefined) return kind.replace(' constraint failed', '');
  return name.replace(/^index '(.*)'$/, '$1');
}
