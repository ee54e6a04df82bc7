import { type ErrorFields, OperatingError } from '../../core/errors.ts';

/**
 * The four ways an archive disappoints. Messages say what was attempted, what was expected, what came.
 * Only `unreachable` is worth another try: the others stay true until somebody changes the archive.
 */

export function notFound(message: string, fields: ErrorFields): OperatingError {
  return new OperatingError('ARCHIVE_NOT_FOUND', message, { retryable: false, fields });
}

export function corrupt(message: string, fields: ErrorFields): OperatingError {
  return new OperatingError('ARCHIVE_CORRUPT', message, { retryable: false, fields });
}

export function changed(message: string, fields: ErrorFields): OperatingError {
  return new OperatingError('ARCHIVE_CHANGED', message, { retryable: false, fields });
}

export interface UnreachableOptions {
  /** False where the server refused for good (401, 403). Default true. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

export function unreachable(
  message: string,
  fields: ErrorFields,
  options: UnreachableOptions = {},
): OperatingError {
  const { retryable = true, cause } = options;
  return new OperatingError('ARCHIVE_UNREACHABLE', message, { retryable, fields, cause });
}

/** The error of work that the caller's signal ended. */
export function cancelled(name: string, signal: AbortSignal): OperatingError {
  return new OperatingError('CANCELLED', `reading ${name}: cancelled`, {
    retryable: false,
    fields: { name },
    cause: signal.reason,
  });
}
