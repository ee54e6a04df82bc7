import { readFileSync } from 'node:fs';
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  type TlsOptions,
} from '@nats-io/transport-node';
import { errorText, OperatingError } from '../../core/errors.ts';
import type { NatsLink } from '../../model/nats-link.ts';
import { connectError } from './nats-error.ts';
import { type NatsServers, parseNatsServers } from './nats-servers.ts';

/** JetStream over NATS: connections, streams as files, publishing, dead letters, backups. No ClickHouse, no swaps. */

const CONNECT_TIMEOUT_MS = 5_000;
/** Between two tries to reconnect; with some jitter of the client's own. */
const RECONNECT_WAIT_MS = 250;
/** A server that does not answer three pings is gone: half a minute instead of the client's six. */
const PING_INTERVAL_MS = 10_000;
const PINGS_OUT_MAX = 3;

/**
 * Opens a connection that comes back by itself, for ever, once it was made. The caller closes it.
 * @throws {OperatingError} SINK_UNREACHABLE (retryable); CONFIG for files that cannot be used, credentials that were
 * refused and certificates that are not trusted.
 */
export async function connectNats(link: NatsLink, signal: AbortSignal): Promise<NatsConnection> {
  signal.throwIfAborted();
  const servers = parseNatsServers(link.url);
  const opening = connect(optionsOf(link, servers));
  try {
    return await unlessAborted(opening, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw connectError(servers.hosts.join(', '), error);
  }
}

/** The client cannot be stopped while it connects; what it still opens after an abort is closed at once. */
async function unlessAborted(
  opening: Promise<NatsConnection>,
  signal: AbortSignal,
): Promise<NatsConnection> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([opening, aborted.promise]);
  } catch (error) {
    if (signal.aborted) opening.then((late) => late.close()).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function optionsOf(link: NatsLink, servers: NatsServers): ConnectionOptions {
  const { user, password, token } = servers;
  const tls = tlsOf(link, servers);
  return {
    servers: [...servers.hosts],
    name: link.name,
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: PINGS_OUT_MAX,
    // Credentials may be changed on the server before they are in our file; that is no reason to stay away.
    ignoreAuthErrorAbort: true,
    // Else every request makes three errors with stacks in case it fails: half of the cost of publishing.
    noAsyncTraces: true,
    ...(tls === null ? {} : { tls }),
    ...(link.credsFile === null ? {} : { authenticator: authenticatorOf(link.credsFile) }),
    ...(user === null ? {} : { user, pass: password ?? '' }),
    ...(token === null ? {} : { token }),
  };
}

function tlsOf({ caFile, certFile, keyFile }: NatsLink, { tls }: NatsServers): TlsOptions | null {
  if ((certFile === null) !== (keyFile === null)) {
    const message =
      'reading the certificate for NATS: expected NATS_CERT and NATS_KEY together, received one of them';
    throw new OperatingError('CONFIG', message, { retryable: false });
  }
  if (!tls && caFile === null && certFile === null) return null;
  return {
    ...(caFile === null ? {} : { ca: readText(caFile, 'authorities') }),
    ...(certFile === null ? {} : { cert: readText(certFile, 'certificate') }),
    ...(keyFile === null ? {} : { key: readText(keyFile, 'key') }),
  };
}

/** Tried on an empty challenge, so that a bad file is told apart from a refusal of the server. */
function authenticatorOf(path: string): ReturnType<typeof credsAuthenticator> {
  const authenticator = credsAuthenticator(() => readBytes(path, 'credentials'));
  try {
    authenticator('');
  } catch (error) {
    if (error instanceof OperatingError) throw error;
    const message = `reading the credentials for NATS in ${path}: expected a user JWT and an NKey seed, received ${errorText(error)}`;
    throw new OperatingError('CONFIG', message, { retryable: false, fields: { path } });
  }
  return authenticator;
}

function readText(path: string, what: string): string {
  return readBytes(path, what).toString('utf8');
}

function readBytes(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const message = `reading the ${what} for NATS in ${path}: received ${errorText(error)}`;
    throw new OperatingError('CONFIG', message, {
      retryable: false,
      fields: { path },
      cause: error,
    });
  }
}
