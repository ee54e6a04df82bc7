/** `://user:password@` of any address. It begins at its rarest part, so that long words cost nothing. */
const ADDRESS_PASSWORD = /:\/\/([^\s:@/"']*):[^\s@/"']+@/g;

/** `://token@`, as NATS takes it; a word this short is a user's name. */
const ADDRESS_TOKEN = /:\/\/[^\s:@/"']{16,}@/g;

/** `password=…`, `token=…` and `api-key=…` in the query part of an address. */
const QUERY_SECRET =
  /([?&](?:password|(?:access[-_]?)?token|(?:api|access)?[-_]?key|secret|auth|signature)=)[^\s&"'#]+/gi;

/** `Bearer …` and `Basic …` as they stand in an Authorization header. */
const CREDENTIAL = /\b(bearer|basic)\s+[a-z0-9._~+/=-]{6,}/gi;

/** The text with passwords, tokens and keys in addresses replaced by `***`; nothing else of it changes. */
export function maskAddresses(text: string): string {
  return text
    .replace(ADDRESS_PASSWORD, '://$1:***@')
    .replace(ADDRESS_TOKEN, '://***@')
    .replace(QUERY_SECRET, '$1***');
}

/** As `maskAddresses`, and credentials of an Authorization header too, which plain words may look like. */
export function maskSecrets(text: string): string {
  return maskAddresses(text).replace(CREDENTIAL, '$1 ***');
}
