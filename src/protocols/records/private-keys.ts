/**
 * Names that say of themselves that their value is nobody else's business. A repository is public, so such a value is
 * out already; it goes no further by us.
 * Source: subculture-collective/subcults at 7f29a189, whose indexer refuses precise points, exact or encrypted
 * addresses and contacts.
 */
export const PRIVATE_KEYS_DEFAULT: readonly string[] = [
  ...['precisePoint', 'preciseLocation', 'preciseGeohash', 'exactPoint', 'exactLocation'],
  ...['exactAddress', 'encryptedAddress', 'privateAddress', 'streetAddress'],
  ...['contactEmail', 'contactPhone', 'emailAddress', 'phoneNumber'],
];

const MEMORY_NAMES_MAX = 4096;
const MEMORY_NAME_LENGTH_MAX = 64;

/** Tells private names in whatever case and with whatever separators they are written. */
export class PrivateKeys {
  readonly #byFolded: ReadonlyMap<string, string>;
  /** Records use the same few names over and over. */
  readonly #memory = new Map<string, string | null>();

  constructor(names: readonly string[]) {
    this.#byFolded = new Map(names.map((name) => [folded(name), name]));
  }

  /** @returns the listed name that it stands for, or null. */
  find(name: string): string | null {
    const known = this.#memory.get(name);
    if (known !== undefined) return known;
    const found = this.#byFolded.get(folded(name)) ?? null;
    if (name.length <= MEMORY_NAME_LENGTH_MAX) {
      if (this.#memory.size >= MEMORY_NAMES_MAX) this.#memory.clear();
      this.#memory.set(name, found);
    }
    return found;
  }
}

function folded(name: string): string {
  return name.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}
