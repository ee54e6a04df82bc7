import { decodePublicKey } from '../core/base58.ts';
import { OperatingError } from '../core/errors.ts';

/**
 * One setting: the environment names it listens to (first set one wins), what it is when none is set,
 * and how its text is read. `warn` takes sentences for values that are tolerated as the originals tolerate them.
 */
export interface Setting<T> {
  readonly names: readonly string[];
  readonly fallback: T;
  readonly help: string;
  readonly parse: (text: string, name: string, warn: (sentence: string) => void) => T;
}

function badValue(name: string, expected: string, received: string): OperatingError {
  return new OperatingError('CONFIG', `${name}: expected ${expected}, received "${received}"`, {
    retryable: false,
    fields: { name, received },
  });
}

type Names = string | readonly string[];

function namesOf(names: Names): readonly string[] {
  return typeof names === 'string' ? [names] : names;
}

export function text(names: Names, fallback: string, help: string): Setting<string> {
  return { names: namesOf(names), fallback, help, parse: (value) => value };
}

/** A text that may not be blank once it is given. */
export function filledText(names: Names, fallback: string, help: string): Setting<string> {
  const parse = (value: string, name: string): string => {
    if (value.trim() === '') throw badValue(name, 'a text that is not blank', value);
    return value.trim();
  };
  return { names: namesOf(names), fallback, help, parse };
}

/** A text that is null when it is not given or blank. */
export function optionalText(names: Names, help: string): Setting<string | null> {
  return { names: namesOf(names), fallback: null, help, parse: (value) => value.trim() || null };
}

export interface IntegerBounds {
  readonly min: number;
  readonly max: number;
}

/** A text that is null when it is not given; a blank one means something, and is kept. */
export function nullableText(names: Names, help: string): Setting<string | null> {
  return { names: namesOf(names), fallback: null, help, parse: (value) => value.trim() };
}

/** A whole number; `_` may group digits. */
export function integer(
  names: Names,
  fallback: number,
  bounds: IntegerBounds,
  help: string,
): Setting<number> {
  const parse = (value: string, name: string): number => {
    const plain = value.trim().replaceAll('_', '');
    const number = /^\d+$/.test(plain) ? Number(plain) : Number.NaN;
    if (Number.isSafeInteger(number) && number >= bounds.min && number <= bounds.max) return number;
    throw badValue(name, `a whole number from ${bounds.min} to ${bounds.max}`, value);
  };
  return { names: namesOf(names), fallback, help, parse };
}

const TRUE_WORDS = new Set(['1', 'true', 'yes', 'on']);
const FALSE_WORDS = new Set(['0', 'false', 'no', 'off', '']);

export function flag(names: Names, fallback: boolean, help: string): Setting<boolean> {
  const parse = (value: string, name: string): boolean => {
    const word = value.trim().toLowerCase();
    if (TRUE_WORDS.has(word)) return true;
    if (FALSE_WORDS.has(word)) return false;
    throw badValue(name, '1/true/yes/on or 0/false/no/off', value);
  };
  return { names: namesOf(names), fallback, help, parse };
}

export function choice<const T extends string>(
  names: Names,
  fallback: T,
  choices: readonly T[],
  help: string,
): Setting<T> {
  const parse = (value: string, name: string): T => {
    const found = choices.find((word) => word === value.trim().toLowerCase());
    if (found === undefined) throw badValue(name, `one of ${choices.join(', ')}`, value);
    return found;
  };
  return { names: namesOf(names), fallback, help, parse };
}

/**
 * Comma-separated public keys. A bad entry is left out with a warning that names it, as the IQ plugin's
 * readers are used to; the same entry given as a flag is an error.
 */
export function publicKeys(names: Names, help: string): Setting<readonly string[]> {
  const parse = (value: string, name: string, warn: (sentence: string) => void): string[] =>
    splitList(value).filter((entry) => {
      if (decodePublicKey(entry) !== undefined) return true;
      warn(`${name}: left out "${entry}", expected a base58 public key of 32 bytes`);
      return false;
    });
  return { names: namesOf(names), fallback: [], help, parse };
}

export function splitList(value: string): string[] {
  return value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  ki: 2 ** 10,
  kib: 2 ** 10,
  mi: 2 ** 20,
  mib: 2 ** 20,
  gi: 2 ** 30,
  gib: 2 ** 30,
};

/** Bytes, bare or with k/kb/m/mb/g/gb (decimal) or ki/kib/mi/mib/gi/gib (binary), as Jetstreamer spells them. */
export function byteSize(
  names: Names,
  fallback: number,
  bounds: IntegerBounds,
  help: string,
): Setting<number> {
  const parse = (value: string, name: string): number => {
    const match = /^(\d[\d_]*)\s*([a-z]*)$/.exec(value.trim().toLowerCase());
    const unit = SIZE_UNITS[match?.[2] ?? '?'];
    const bytes = Number(match?.[1]?.replaceAll('_', '')) * (unit ?? Number.NaN);
    if (Number.isSafeInteger(bytes) && bytes >= bounds.min && bytes <= bounds.max) return bytes;
    throw badValue(name, `a size from ${bounds.min} to ${bounds.max} bytes such as 16mib`, value);
  };
  return { names: namesOf(names), fallback, help, parse };
}
