import type { RecordKey } from '../../model/record-change.ts';

/** One text for a key, to look it up in maps; no part of a key can hold a NUL. */
export function keyText({ did, collection, rkey }: RecordKey): string {
  return `${did}\0${collection}\0${rkey}`;
}
