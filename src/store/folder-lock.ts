import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { OperatingError } from '../core/errors.ts';
import { mapSqliteError } from './sqlite-error.ts';

export interface FolderLock {
  release(): void;
}

/** Keeps locks reachable: a collected connection is closed, and its lock with it. */
const heldLocks = new Set<SqliteDatabase.Database>();

/**
 * Lets one process at a time own a data folder. The lock is SQLite's exclusive lock on an empty
 * database beside the store: the kernel drops it when its holder ends, however it ends, so that a
 * killed supervisor never leaves a stale lock. The pid stands in a file of its own, because opening
 * and closing the locked file would drop the lock of the process that does it.
 * @throws {OperatingError} DATA_FOLDER when another process holds it, or the folder is not writable; DISK_FULL.
 */
export function lockFolder(folder: string): FolderLock {
  const lockPath = join(folder, 'millrace.lock');
  const pidPath = join(folder, 'millrace.pid');
  let connection: SqliteDatabase.Database | undefined;
  try {
    connection = new SqliteDatabase(lockPath, { timeout: 0 });
    connection.exec('BEGIN EXCLUSIVE');
    writeFileSync(pidPath, `${process.pid}\n`);
  } catch (error) {
    connection?.close();
    throw lockError(error, folder, pidPath);
  }
  const held = connection;
  heldLocks.add(held);
  return {
    release: () => {
      rmSync(pidPath, { force: true });
      heldLocks.delete(held);
      held.close();
    },
  };
}

function lockError(error: unknown, folder: string, pidPath: string): unknown {
  if (error instanceof SqliteDatabase.SqliteError) {
    if (!error.code.startsWith('SQLITE_BUSY')) {
      return mapSqliteError(error, folder, 'locking the data folder');
    }
    const pid = readPid(pidPath);
    const holder = pid === null ? 'another process' : `the process with pid ${pid}`;
    const message = `locking the data folder ${folder}: ${holder} is using it; stop that one or choose another folder`;
    return new OperatingError('DATA_FOLDER', message, {
      retryable: false,
      fields: { path: folder, pid },
      cause: error,
    });
  }
  const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
  const remedy = full
    ? 'the disk is full; free space and start again'
    : 'the data folder must be writable; make it so or choose another';
  const options = { retryable: false, fields: { path: folder }, cause: error };
  const code = full ? 'DISK_FULL' : 'DATA_FOLDER';
  return new OperatingError(code, `writing ${pidPath}: ${remedy}`, options);
}

function readPid(path: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}
