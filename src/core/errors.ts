/**
 * The one error class for what the world does to us: networks, files, chain data, users.
 * What only our own code can do wrong is an assertion (`node:assert`) and ends the process.
 */

/**
 * Closed list of what can go wrong outside our control.
 * - `USAGE`/`CONFIG`: the caller must change something; exit code 1.
 * - `ARCHIVE_*`, `RPC_*`, `RECORD_MALFORMED`: a source said something wrong, or nothing.
 * - `SINK_*`: a sink refused; `SINK_REFUSED` is for good, exit code 3.
 * - `STREAM_*`, `LEASE_LOST`: a live stream cannot be reached or refuses; another process writes what comes from it.
 * - `CHILD_*`, `PORT_TAKEN`, `DATA_FOLDER`, `DISK_FULL`, `BINARY_*`: the machine under the supervisor.
 */
export type ErrorCode =
  | 'USAGE'
  | 'CONFIG'
  | 'ARCHIVE_NOT_FOUND'
  | 'ARCHIVE_UNREACHABLE'
  | 'ARCHIVE_CHANGED'
  | 'ARCHIVE_CORRUPT'
  | 'RECORD_MALFORMED'
  | 'RECORD_TOO_LARGE'
  | 'RPC_UNREACHABLE'
  | 'RPC_REFUSED'
  | 'RPC_PRUNED'
  | 'SINK_UNREACHABLE'
  | 'SINK_REFUSED'
  | 'STREAM_UNREACHABLE'
  | 'STREAM_REFUSED'
  | 'STREAM_CURSOR_TOO_OLD'
  | 'LEASE_LOST'
  | 'CHILD_FAILED'
  | 'PORT_TAKEN'
  | 'DATA_FOLDER'
  | 'DISK_FULL'
  | 'BINARY_MISSING'
  | 'BINARY_VERSION'
  | 'CANCELLED';

/** Facts that travel with an error: plain values only, so that they survive a thread boundary and JSON. */
export type ErrorFields = Readonly<Record<string, string | number | boolean | null>>;

export interface OperatingErrorOptions {
  /** True when trying the same thing again later can succeed. */
  readonly retryable: boolean;
  readonly fields?: ErrorFields;
  readonly cause?: unknown;
}

/** Message style: what was attempted, what was expected, what came. */
export class OperatingError extends Error {
  override readonly name = 'OperatingError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly fields: ErrorFields;

  constructor(code: ErrorCode, message: string, options: OperatingErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
    this.fields = options.fields ?? {};
  }
}

/** An error as it crosses a thread or is stored: `OperatingError` facts, or the name of a bug. */
export interface ErrorFacts {
  readonly code: ErrorCode | 'BUG';
  readonly message: string;
  readonly retryable: boolean;
  readonly fields: ErrorFields;
}

export function errorFacts(error: unknown): ErrorFacts {
  if (error instanceof OperatingError) {
    const { code, message, retryable, fields } = error;
    return { code, message, retryable, fields };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'BUG', message, retryable: false, fields: {} };
}

/** The text of anything thrown, for a message that wraps it. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
