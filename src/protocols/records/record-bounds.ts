import { dataModelFault } from './data-model.ts';
import type { PrivateKeys } from './private-keys.ts';
import { isJsonObject, type RecordFault } from './record-fault.ts';

/** Deeper than any record of the network; recursion over a record ends there. */
const DEPTH_MAX = 32;
const NODES_MAX = 50_000;
/** UTF-16 units of all names and texts. Repositories hold records of at most 1 MiB. */
const UNITS_MAX = 1_048_576;
const DOLLAR = 0x24;

interface Walk {
  readonly privateKeys: PrivateKeys;
  nodes: number;
  units: number;
}

/**
 * One walk for all that holds for any record: it is small enough to be worked on without care, its text can be stored
 * (no database keeps U+0000, none keeps half a surrogate pair), nothing in it is named as private, and it is of AT
 * Protocol's data model: numbers are whole, and what begins with `$` is what it should be.
 * @param record with text where a mapping takes other numbers, too.
 */
export function boundsFault(record: unknown, privateKeys: PrivateKeys): RecordFault | null {
  return walk(record, 0, { privateKeys, nodes: 0, units: 0 });
}

function walk(value: unknown, depth: number, state: Walk): RecordFault | null {
  state.nodes += 1;
  if (state.nodes > NODES_MAX) return tooLarge(`at most ${NODES_MAX} values`);
  if (typeof value === 'string') return textFault(value, state);
  if (typeof value === 'number') return numberFault(value);
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= DEPTH_MAX) return tooLarge(`at most ${DEPTH_MAX} levels`);
  if (Array.isArray(value)) return walkList(value, depth, state);
  return isJsonObject(value) ? walkObject(value, depth, state) : null;
}

function walkList(list: readonly unknown[], depth: number, state: Walk): RecordFault | null {
  for (const entry of list) {
    const fault = walk(entry, depth + 1, state);
    if (fault !== null) return fault;
  }
  return null;
}

function walkObject(
  object: Readonly<Record<string, unknown>>,
  depth: number,
  state: Walk,
): RecordFault | null {
  let special = false;
  for (const name of Object.keys(object)) {
    special ||= name.charCodeAt(0) === DOLLAR;
    const known = state.privateKeys.find(name);
    if (known !== null) {
      return { reason: 'ErrProtectedData', path: '', expected: 'no private data', received: known };
    }
    const fault = textFault(name, state) ?? walk(object[name], depth + 1, state);
    if (fault !== null) return fault;
  }
  return special ? dataModelFault(object) : null;
}

function numberFault(value: number): RecordFault | null {
  if (Number.isSafeInteger(value)) return null;
  const expected = 'whole numbers, up to 2^53 - 1';
  return { reason: 'ErrInvalidFieldType', path: '', expected, received: 'another number' };
}

function textFault(text: string, state: Walk): RecordFault | null {
  state.units += text.length;
  if (state.units > UNITS_MAX) return tooLarge(`at most ${UNITS_MAX} characters of text`);
  if (text.isWellFormed() && !text.includes('\0')) return null;
  return {
    ...{ reason: 'ErrInvalidFieldValue', path: '' },
    ...{ expected: 'text of whole characters without U+0000', received: 'other text' },
  };
}

function tooLarge(expected: string): RecordFault {
  return { reason: 'ErrInvalidFieldValue', path: '', expected, received: 'more' };
}
