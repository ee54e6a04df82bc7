import { ClickHouseError } from '@clickhouse/client';
import { errorText, OperatingError } from '../core/errors.ts';

/**
 * Errors that pass by themselves, by number. Source: ClickHouse, `src/Common/ErrorCodes.cpp`.
 * Everything else is an answer that the same question would get again.
 */
const PASSING_CODES: ReadonlyMap<string, string> = new Map([
  ['159', 'TIMEOUT_EXCEEDED'],
  ['202', 'TOO_MANY_SIMULTANEOUS_QUERIES'],
  ['209', 'SOCKET_TIMEOUT'],
  ['210', 'NETWORK_ERROR'],
  ['236', 'ABORTED'],
  ['241', 'MEMORY_LIMIT_EXCEEDED'],
  ['242', 'TABLE_IS_READ_ONLY'],
  ['243', 'NOT_ENOUGH_SPACE'],
  ['252', 'TOO_MANY_PARTS'],
  ['279', 'ALL_CONNECTION_TRIES_FAILED'],
  ['319', 'UNKNOWN_STATUS_OF_INSERT'],
  ['394', 'QUERY_WAS_CANCELLED'],
  ['999', 'KEEPER_EXCEPTION'],
]);

/** What the server, or the way to it, said about one request. */
export function clickhouseError(attempted: string, error: unknown): OperatingError {
  if (!(error instanceof ClickHouseError)) {
    return new OperatingError(
      'SINK_UNREACHABLE',
      `${attempted}: expected an answer of ClickHouse, received ${describe(error)}`,
      { retryable: true, cause: error },
    );
  }
  const retryable = PASSING_CODES.has(error.code);
  const { code, type } = error;
  return new OperatingError(
    code === '243' ? 'DISK_FULL' : retryable ? 'SINK_UNREACHABLE' : 'SINK_REFUSED',
    `${attempted}: ClickHouse answered with error ${code} ${type ?? ''}: ${error.message.slice(0, 500)}`,
    { retryable, fields: { clickhouseCode: code }, cause: error },
  );
}

/** Connection errors of several addresses come as an AggregateError without a text of its own. */
function describe(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return errorText(first) || String(first);
}
