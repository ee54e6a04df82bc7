import assert from 'node:assert/strict';
import { OperatingError } from '../core/errors.ts';

/**
 * The result of the first reading that does not find the bytes malformed; when all do, the error of
 * the first one, which is the one that was thought most likely.
 */
export function firstThatFits<T>(readings: readonly (() => T)[]): T {
  let first: OperatingError | undefined;
  for (const read of readings) {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof OperatingError) || error.code !== 'RECORD_MALFORMED') throw error;
      first ??= error;
    }
  }
  assert(first !== undefined, 'at least one reading');
  throw first;
}
