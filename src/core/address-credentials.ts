export interface SplitAddress {
  /** Without user and password. */
  readonly href: string;
  /** Value of the Authorization header (RFC 7617), or null where the address names nobody. */
  readonly authorization: string | null;
}

/** `fetch` refuses an address with credentials inside: they have to travel as a header. */
export function splitCredentials(address: string): SplitAddress {
  const url = new URL(address);
  if (url.username === '' && url.password === '') return { href: address, authorization: null };
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  return { href: url.href, authorization };
}
