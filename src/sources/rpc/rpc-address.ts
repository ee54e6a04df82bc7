import { splitCredentials } from '../../core/address-credentials.ts';
import { OperatingError } from '../../core/errors.ts';

/**
 * What this folder owns: reading Solana history through JSON-RPC (signature lists, single transactions,
 * reachability). It deliberately does not parse transactions (src/decode) and knows no program (src/protocols).
 */

/** An endpoint whose secrets (credentials, keys in path or query) can be told apart from its host. */
export interface RpcAddress {
  /** For the request only; never for a message. */
  readonly href: string;
  /** Host and port: what messages and logs may name. */
  readonly host: string;
  /** Value of the Authorization header, or null; `fetch` refuses credentials inside a URL. */
  readonly authorization: string | null;
  /** Text of others made safe to show: without the address's secrets, on one line, at most 200 characters. */
  readonly redact: (text: string) => string;
}

const SHOWN_CHARACTERS_MAX = 200;
/** Shorter path parts and query values are names such as `rpc` or `v1`, not keys. */
const SECRET_CHARACTERS_MIN = 8;

/** @throws {OperatingError} CONFIG when the text is no http(s) URL; the text itself is not repeated. */
export function parseRpcAddress(text: string): RpcAddress {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new OperatingError(
      'CONFIG',
      'reading the RPC address: expected an http or https URL, received something else (check IQ_RPC_URL)',
      { retryable: false },
    );
  }
  const secrets = secretsOf(url);
  url.hash = '';
  const { href, authorization } = splitCredentials(url.href);
  return { href, host: url.host, authorization, redact: (found) => redactText(found, secrets) };
}

function secretsOf(url: URL): string[] {
  const certain = [url.username, url.password].filter((part) => part !== '');
  const values = url.search.slice(1).split('&');
  const likely = [
    ...url.pathname.split('/'),
    ...values.map((value) => value.slice(value.indexOf('=') + 1)),
  ].filter((part) => part.length >= SECRET_CHARACTERS_MIN);
  const all = [...certain, ...likely].flatMap((part) => [part, decodeLoosely(part)]);
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}

function decodeLoosely(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function redactText(text: string, secrets: readonly string[]): string {
  let safe = text;
  for (const secret of secrets) safe = safe.replaceAll(secret, '***');
  safe = safe.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return safe.length > SHOWN_CHARACTERS_MAX ? `${safe.slice(0, SHOWN_CHARACTERS_MAX)}…` : safe;
}
