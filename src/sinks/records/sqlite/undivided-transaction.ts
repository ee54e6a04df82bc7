import { ConstraintError } from '../constraint-error.ts';
import { SqliteRecordTransaction } from './sqlite-record-transaction.ts';

/** A constraint refused something, and there is no savepoint to go back to: the whole transaction has to be undone. */
export class UndividedError extends Error {
  override readonly name = 'UndividedError';
}

/**
 * A batch without savepoints. To have one, SQLite keeps a copy of every page that is changed behind it, which costs as
 * much as half of all else; and nearly no batch needs it.
 */
export class UndividedTransaction extends SqliteRecordTransaction {
  /** @throws {UndividedError} instead of {@link ConstraintError}. */
  override async savepoint<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConstraintError)) throw error;
      throw new UndividedError(error.message, { cause: error });
    }
  }
}
