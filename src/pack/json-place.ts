import { decodeBase58 } from '../core/base58.ts';
import { OperatingError } from '../core/errors.ts';

const U64_MAX = 2n ** 64n - 1n;

/** How much of a wrong value an error message shows. */
const SHOWN_CHARACTERS = 60;

/** A value of a JSON file together with where it stands, so that every complaint can say so. */
export class JsonPlace {
  readonly value: unknown;
  /** The file, or the value this one stands in: its path is only put together when somebody complains. */
  readonly #within: string | JsonPlace;
  readonly #key: string | number;

  constructor(value: unknown, within: string | JsonPlace, key: string | number = '') {
    this.value = value;
    this.#within = within;
    this.#key = key;
  }

  /** True for null and for a field that is absent. */
  get isNothing(): boolean {
    return this.value === null || this.value === undefined;
  }

  get isObject(): boolean {
    return typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value);
  }

  /** A field of an object; a place without a value where the object has no such field. */
  field(name: string): JsonPlace {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      throw this.wrong('an object');
    }
    const own = Object.hasOwn(this.value, name);
    const found: unknown = own ? Reflect.get(this.value, name) : undefined;
    return new JsonPlace(found, this, name);
  }

  items(): JsonPlace[] {
    if (!Array.isArray(this.value)) throw this.wrong('a list');
    return this.value.map((item: unknown, i) => new JsonPlace(item, this, i));
  }

  /** The only field's name and place, as serde writes an enum variant with content. */
  variant(): { readonly name: string; readonly content: JsonPlace } {
    const names = this.isObject ? Object.keys(Object(this.value)) : [];
    const [name] = names;
    if (name === undefined || names.length !== 1) throw this.wrong('an object with one field');
    return { name, content: this.field(name) };
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.wrong('a text');
    return this.value;
  }

  number(): number {
    if (typeof this.value === 'number') return this.value;
    if (typeof this.value === 'bigint') return Number(this.value);
    throw this.wrong('a number');
  }

  /** An integer from 0 to `max`. */
  count(max = Number.MAX_SAFE_INTEGER): number {
    const { value } = this;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max) {
      return value;
    }
    throw this.wrong(`an integer from 0 to ${max}`);
  }

  u64(): bigint {
    const value = this.#integer();
    if (value === undefined || value < 0n || value > U64_MAX)
      throw this.wrong('an unsigned 64-bit integer');
    return value;
  }

  i64(): bigint {
    const value = this.#integer();
    if (value === undefined || BigInt.asIntN(64, value) !== value)
      throw this.wrong('a 64-bit integer');
    return value;
  }

  base64(): Buffer {
    const text = this.text();
    const bytes = Buffer.from(text, 'base64');
    // Node leaves out what is no base64; what stands for the bytes must be the whole text.
    if (bytes.toString('base64') !== text) throw this.wrong('base64 text');
    return bytes;
  }

  /** Base58 text; of exactly `length` bytes where given. */
  base58(length?: number): Uint8Array {
    const bytes = decodeBase58(this.text());
    if (bytes !== undefined && (length === undefined || bytes.length === length)) return bytes;
    throw this.wrong(length === undefined ? 'base58 text' : `base58 text of ${length} bytes`);
  }

  /** An error that names file, place, expectation and what stands there. */
  wrong(expected: string, cause?: unknown): OperatingError {
    const { file, path } = this.#found();
    const place = path === '' ? 'the top' : path;
    return new OperatingError(
      'RECORD_MALFORMED',
      `reading ${file}: at ${place} expected ${expected}, received ${shown(this.value)}`,
      { retryable: false, fields: { file, place }, cause },
    );
  }

  #found(): { readonly file: string; readonly path: string } {
    if (typeof this.#within === 'string') return { file: this.#within, path: String(this.#key) };
    const { file, path } = this.#within.#found();
    if (typeof this.#key === 'number') return { file, path: `${path}[${this.#key}]` };
    return { file, path: path === '' ? this.#key : `${path}.${this.#key}` };
  }

  #integer(): bigint | undefined {
    if (typeof this.value === 'bigint') return this.value;
    return Number.isSafeInteger(this.value) ? BigInt(Number(this.value)) : undefined;
  }
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null)
    return `an object {${Object.keys(value).join(', ')}}`.slice(0, SHOWN_CHARACTERS);
  const text = typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
