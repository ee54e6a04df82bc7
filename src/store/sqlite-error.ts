import SqliteDatabase from 'better-sqlite3';
import { OperatingError } from '../core/errors.ts';

const REMEDIES: readonly (readonly [prefix: string, remedy: string])[] = [
  ['SQLITE_READONLY', 'the folder or file is read-only; make it writable or choose another folder'],
  ['SQLITE_CANTOPEN', 'the file cannot be opened; check that the folder exists and is writable'],
  ['SQLITE_PERM', 'access is denied; check who owns the folder'],
  ['SQLITE_IOERR', 'the disk reported an error; check the file system'],
  ['SQLITE_CORRUPT', 'the file is damaged; restore a copy or move it away to start anew'],
  ['SQLITE_NOTADB', 'the file is not a SQLite database; move it away or choose another folder'],
  ['SQLITE_BUSY', 'another process holds the file; end it or choose another folder'],
];

/**
 * What SQLite says about the machine becomes an `OperatingError` (`DISK_FULL` or `DATA_FOLDER`).
 * Everything else, such as a broken constraint, is our own bug and is returned unchanged.
 */
export function mapSqliteError(error: unknown, path: string, attempted: string): unknown {
  if (!(error instanceof SqliteDatabase.SqliteError)) return error;
  const { code } = error;
  const fields = { path, sqlite: code };
  if (code === 'SQLITE_FULL') {
    const message = `${attempted} in ${path}: the disk or the configured size limit is full; free space and start again`;
    return new OperatingError('DISK_FULL', message, { retryable: true, fields, cause: error });
  }
  const remedy = REMEDIES.find(([prefix]) => code.startsWith(prefix))?.[1];
  if (remedy === undefined) return error;
  const message = `${attempted} in ${path}: ${error.message} (${code}); ${remedy}`;
  return new OperatingError('DATA_FOLDER', message, { retryable: false, fields, cause: error });
}
