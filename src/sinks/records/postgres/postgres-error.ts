import { DatabaseError } from 'pg';
import { OperatingError } from '../../../core/errors.ts';
import { ConstraintError } from '../constraint-error.ts';

/** What was done, and to which database; without the password. */
export interface PostgresAttempt {
  readonly attempted: string;
  /** Host, port and name of the database. */
  readonly database: string;
}

/**
 * Classes of SQLSTATE, by how they begin, that a row itself is to blame for: data that its type does not hold, a broken
 * constraint, and what is too large for an index or too deeply nested.
 * https://www.postgresql.org/docs/15/errcodes-appendix.html
 */
const OF_THE_ROW = ['22', '23', '54'];

/**
 * Those that may be over later: lost connections, a server that stops, starts, is a standby or is out of something,
 * deadlocks, and what took too long.
 */
const PASSING = ['08', '25006', '25P03', '25P04', '40', '53', '55', '57', '58030'];

/** Ways of pg and of TLS to say that it will be the same next time. */
const REFUSALS = /does not support SSL|SASL|certificate|altnames|unable to verify/i;

/**
 * A row at fault becomes a `ConstraintError`, what may pass SINK_UNREACHABLE, and everything else that a server says
 * SINK_REFUSED. What the server says of rows is left out, since it quotes them; so is the error as a cause.
 * Our own mistakes are returned unchanged.
 */
export function mapPostgresError(error: unknown, attempt: PostgresAttempt): unknown {
  if (error instanceof DatabaseError) return mapServerError(error, attempt);
  if (!(error instanceof Error) || isBug(error)) return error;
  const { attempted, database } = attempt;
  const said = spoken(error);
  const refused = REFUSALS.test(said) || REFUSALS.test(codeOf(error));
  const message = `${attempted} in ${database}: ${said}`;
  const options = { retryable: !refused, fields: { database }, cause: error };
  if (refused) return new OperatingError('SINK_REFUSED', message, options);
  const remedy = 'check that the server runs and can be reached; it will be tried again';
  return new OperatingError('SINK_UNREACHABLE', `${message}; ${remedy}`, options);
}

function mapServerError(error: DatabaseError, { attempted, database }: PostgresAttempt): unknown {
  const { code: sqlState = 'XX000' } = error;
  if (starts(sqlState, OF_THE_ROW)) {
    const constraint = error.constraint ?? error.column ?? `SQLSTATE ${sqlState}`;
    const place = error.table === undefined ? '' : ` of table ${error.table}`;
    const message = `${attempted} in ${database}: ${constraint}${place} refused a row (${sqlState})`;
    return new ConstraintError(constraint, message, undefined);
  }
  const fields = { database, sqlState };
  const message = `${attempted} in ${database}: ${error.message} (${sqlState})`;
  if (!starts(sqlState, PASSING)) {
    return new OperatingError('SINK_REFUSED', message, { retryable: false, fields });
  }
  const text = `${message}; it will be tried again`;
  return new OperatingError('SINK_UNREACHABLE', text, { retryable: true, fields });
}

function starts(sqlState: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => sqlState.startsWith(prefix));
}

/** Node has errors of classes of their own for what a program does wrong. */
function isBug(error: Error): boolean {
  if (error instanceof OperatingError || error instanceof ConstraintError) return true;
  return error.name !== 'Error' && error.name !== 'AggregateError';
}

/** Where a name has several addresses, Node says what became of each and nothing of the whole. */
function spoken(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map((one) => (one instanceof Error ? one.message : String(one))).join(', ');
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
