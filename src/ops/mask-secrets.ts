/** `scheme://user:password@host`: the password of any address. */
const ADDRESS_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/"']*):[^\s@/"']+@/gi;

/** `Bearer …` and `Basic …` as they stand in an Authorization header. */
const CREDENTIAL = /\b(bearer|basic)\s+[a-z0-9._~+/=-]{6,}/gi;

/** `password=…`, `token=…` and `api-key=…` in the query part of an address. */
const QUERY_SECRET = /([?&](?:password|token|api[-_]?key|secret)=)[^\s&"'#]+/gi;

/** The text with passwords, bearer tokens and keys in addresses replaced by `***`. */
export function maskSecrets(text: string): string {
  return text
    .replace(ADDRESS_PASSWORD, '$1:***@')
    .replace(CREDENTIAL, '$1 ***')
    .replace(QUERY_SECRET, '$1***');
}
