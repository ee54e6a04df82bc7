import { OperatingError } from '../../core/errors.ts';

/**
 * A decoder's error with the place in the archive file instead of the place in the bytes it was given.
 * Other errors are returned as they are.
 */
export function atFileOffset(error: unknown, offset: number): unknown {
  const decoder = error instanceof OperatingError && error.code.startsWith('RECORD_');
  if (!decoder) return error;
  return new OperatingError(error.code, `${error.message}; section at file offset ${offset}`, {
    retryable: false,
    fields: { ...error.fields, offset },
    cause: error,
  });
}
