/**
 * A row broke a constraint of the database. Which record of a batch it was is found by trying them one by one.
 * Not an `OperatingError`: `applyBatch` catches each of them.
 */
export class ConstraintError extends Error {
  override readonly name = 'ConstraintError';
  /** Name of the constraint, or what the database calls the fault. */
  readonly constraint: string;

  constructor(constraint: string, message: string, cause: unknown) {
    super(message, { cause });
    this.constraint = constraint;
  }
}
