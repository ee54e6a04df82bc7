import SqliteDatabase from 'better-sqlite3';
import { until } from '../until.ts';

const WAIT_MS = 600_000;

/**
 * Waits until no other process holds the lock of that file. The system gives up a lock of SQLite with the process
 * that held it, so none is left behind.
 * @returns what gives it back.
 */
export async function holdLock(path: string): Promise<() => void> {
  const database = new SqliteDatabase(path, { timeout: 0 });
  const taken = (): boolean => {
    try {
      database.exec('BEGIN EXCLUSIVE');
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return false;
      throw error;
    }
  };
  await until(`the lock ${path} is free`, taken, WAIT_MS);
  return () => database.close();
}
