import { isDeepStrictEqual } from 'node:util';

/** One setting of a stream or consumer that is not as its definition says. Values are JSON. */
export interface ConfigDifference {
  readonly stream: string;
  /** Null where the stream itself differs. */
  readonly consumer: string | null;
  /** Name of JetStream's API; `present` when the whole thing is missing. */
  readonly field: string;
  readonly expected: string;
  readonly received: string;
}

/** Present only where somebody set it: its absence in a definition means that it should not be there. */
const ABSENT_UNLESS_DEFINED = [
  ...['mirror', 'sources', 'republish'],
  ...['filter_subject', 'filter_subjects', 'deliver_subject'],
];

/** The server leaves out what is empty or false. */
const EMPTY = new Set<unknown>([undefined, null, false, '', 0]);

/** Names of the fields of `received` that differ from `expected`; what only the server knows of is its own affair. */
export function differingFields(expected: object, received: object): string[] {
  const names = new Set([...Object.keys(expected), ...ABSENT_UNLESS_DEFINED]);
  return [...names].filter((name) => !same(name, fieldOf(expected, name), fieldOf(received, name)));
}

export function fieldOf(config: object, name: string): unknown {
  return Reflect.get(config, name);
}

/** More copies than asked for are no fault: an operator may want five. */
function same(name: string, expected: unknown, received: unknown): boolean {
  if (EMPTY.has(expected) && EMPTY.has(received)) return true;
  if (name === 'num_replicas') return Number(received) >= Number(expected);
  return isDeepStrictEqual(expected, received);
}

export function jsonText(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
