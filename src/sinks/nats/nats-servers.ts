import { OperatingError } from '../../core/errors.ts';

/** The addresses of a link, taken apart: the client wants credentials apart from hosts. */
export interface NatsServers {
  /** `host:port`, without scheme and credentials; fit for messages. */
  readonly hosts: readonly string[];
  /** True when an address begins with `tls://`. */
  readonly tls: boolean;
  readonly user: string | null;
  readonly password: string | null;
  readonly token: string | null;
}

type Credentials = Pick<NatsServers, 'user' | 'password' | 'token'>;

/** NATS documentation, "Client connections". */
const DEFAULT_PORT = 4222;
const SCHEMES = new Set(['nats:', 'tls:']);

/**
 * @param text comma separated addresses, as `nats://user:password@host:4222,nats://other`.
 * @throws {OperatingError} CONFIG for an address that is none, and for different credentials in one list.
 */
export function parseNatsServers(text: string): NatsServers {
  const urls = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseAddress);
  if (urls.length === 0) throw badAddress('received none');
  return {
    hosts: urls.map((url) => `${url.hostname}:${url.port === '' ? DEFAULT_PORT : url.port}`),
    tls: urls.some((url) => url.protocol === 'tls:'),
    ...credentialsOf(urls),
  };
}

function parseAddress(text: string): URL {
  const url = URL.parse(text.includes('://') ? text : `nats://${text}`);
  if (url !== null && SCHEMES.has(url.protocol) && url.hostname !== '') return url;
  throw badAddress(url === null ? 'received something else' : `received ${url.protocol}//`);
}

/** The client logs in with the same name everywhere, so a list may say it once or the same each time. */
function credentialsOf(urls: readonly URL[]): Credentials {
  const found = urls.filter((url) => url.username !== '');
  const [first] = found;
  if (first === undefined) return { user: null, password: null, token: null };
  const same = found.every(
    (url) => url.username === first.username && url.password === first.password,
  );
  if (!same) throw badAddress('received different users or passwords in one list');
  const user = decode(first.username);
  if (first.password === '') return { user: null, password: null, token: user };
  return { user, password: decode(first.password), token: null };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badAddress('received a user or password with a stray "%"; write it as "%25"');
  }
}

/** Nothing of the address is repeated: where it is malformed, what is a password cannot be told. */
function badAddress(received: string): OperatingError {
  const expected = 'expected addresses as nats://host:4222 or tls://user:password@host:4222';
  const message = `reading the address of NATS: ${expected}, comma separated, ${received}`;
  return new OperatingError('CONFIG', message, { retryable: false });
}
