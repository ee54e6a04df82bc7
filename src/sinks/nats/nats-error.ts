import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { certificateFault } from '../../core/certificate-fault.ts';
import { errorText, OperatingError } from '../../core/errors.ts';

/** Numbers of JetStream that are decided by. Source: nats-server, `server/errors.json`. */
export const JETSTREAM_CODES = {
  streamNotFound: 10059,
  consumerNotFound: 10014,
  messageNotFound: 10037,
  /** Two consumers of a work queue that take every subject. */
  consumersUnfiltered: 10099,
  /** Two consumers of a work queue whose subjects overlap. */
  consumersOverlap: 10100,
  messageTooLarge: 10054,
  /** A change of a stream that its server allows only in a new one. */
  invalidConfig: 10052,
  /** Two streams that take the same subject. */
  subjectsOverlap: 10065,
} as const;

/** No leader, no room, a stream that is full: these pass. So do a server that does not lead, and full disks. */
const PASSING_STATUS = 503;
const PASSING_CODES = new Set([10009, 10028, 10047]);

/** 503, and yet for good: JetStream is switched off for this account or server. */
const SWITCHED_OFF = new Set([10039, 10076]);

/** Why no connection came about. `hosts` stands for the address, which may hold a password. */
export function connectError(hosts: string, error: unknown): OperatingError {
  if (error instanceof OperatingError) return error;
  const attempted = `connecting to NATS at ${hosts}`;
  const certificate = certificateFault(error) ?? certificateFault(causeOf(error));
  if (certificate !== undefined) {
    const message = `${attempted}: ${certificate.text}; NATS_CA names one for NATS alone`;
    return configError(message, error);
  }
  if (
    error instanceof errors.AuthorizationError ||
    error instanceof errors.UserAuthenticationExpiredError
  ) {
    const message = `${attempted}: expected to be let in, received "${error.message}"; set NATS_CREDS or a user and password in NATS_URL`;
    return configError(message, error);
  }
  if (/server does not support 'tls'/.test(errorText(error))) {
    const message = `${attempted}: expected TLS, received a server without; use nats:// and leave NATS_CA, NATS_CERT and NATS_KEY out`;
    return configError(message, error);
  }
  if (error instanceof errors.TimeoutError) {
    const text =
      'expected an answer, received none in time; a server that wants a client certificate says nothing either: NATS_CERT and NATS_KEY name one';
    return unreachable(attempted, error, text);
  }
  return unreachable(attempted, error);
}

/** What JetStream, or the way to it, answered to a request. */
export function natsError(attempted: string, error: unknown): OperatingError {
  if (error instanceof OperatingError) return error;
  if (error instanceof JetStreamApiError) return apiError(attempted, error);
  if (error instanceof errors.PermissionViolationError || isDenied(error)) {
    return refused(attempted, `NATS answered "${errorText(causeOf(error) ?? error)}"`, error);
  }
  if (error instanceof errors.InvalidArgumentError && /max_payload/.test(error.message)) {
    return tooLarge(attempted, 'the server takes no message this long', error);
  }
  if (isUnheard(error)) {
    const text =
      'expected JetStream to answer, received nothing: no stream takes it, a leader is being elected, or JetStream is not enabled there';
    return unreachable(attempted, error, text);
  }
  return unreachable(attempted, error);
}

/** True for an answer of JetStream with this number. */
export function hasCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}

/** True when nobody listens on the subject: no stream takes it, or its leader is being elected. */
export function isUnheard(error: unknown): boolean {
  const cause = causeOf(error);
  return cause instanceof errors.RequestError && cause.isNoResponders();
}

function apiError(attempted: string, error: JetStreamApiError): OperatingError {
  const { code, status, message } = error;
  if (code === JETSTREAM_CODES.messageTooLarge) return tooLarge(attempted, message, error);
  const passing = PASSING_CODES.has(code) || (status === PASSING_STATUS && !SWITCHED_OFF.has(code));
  const text = `JetStream answered with error ${code}: ${message}`;
  if (passing) return unreachable(attempted, error, text);
  return refused(attempted, text, error, { jetstreamCode: code });
}

function unreachable(attempted: string, cause: unknown, text?: string): OperatingError {
  const received = text ?? `expected an answer of NATS, received ${describe(cause)}`;
  return new OperatingError('SINK_UNREACHABLE', `${attempted}: ${received}`, {
    retryable: true,
    cause,
  });
}

function refused(
  attempted: string,
  text: string,
  cause: unknown,
  fields: Readonly<Record<string, number>> = {},
): OperatingError {
  const options = { retryable: false, fields, cause };
  return new OperatingError('SINK_REFUSED', `${attempted}: ${text}`, options);
}

function tooLarge(attempted: string, text: string, cause: unknown): OperatingError {
  const message = `${attempted}: expected a message within the bounds of server and stream, received ${text}`;
  return new OperatingError('RECORD_TOO_LARGE', message, { retryable: false, cause });
}

function configError(message: string, cause: unknown): OperatingError {
  return new OperatingError('CONFIG', message, { retryable: false, cause });
}

function isDenied(error: unknown): boolean {
  return causeOf(error) instanceof errors.PermissionViolationError;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

/** "connection refused" of the client hides nothing; a bare timeout has no text but its name. */
function describe(error: unknown): string {
  const cause = causeOf(error);
  const own = errorText(error) || String(error);
  return cause instanceof Error && cause.message !== '' ? `${own} (${cause.message})` : own;
}
