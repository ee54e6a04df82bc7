import { firstSlotOfEpoch } from '../core/epoch.ts';
import { OperatingError } from '../core/errors.ts';
import { type SlotRange, slotRange } from '../core/slot-range.ts';

/** No cluster will reach it in our lifetime: 2 ** 40 slots are 14,000 years. */
const SLOT_MAX = 2 ** 40;

function usage(text: string, reason: string): OperatingError {
  return new OperatingError(
    'USAGE',
    `slots "${text}": ${reason}; expected S:E (slots, inclusive), N (an epoch) or A-B (epochs, inclusive)`,
    { retryable: false, fields: { received: text } },
  );
}

/**
 * Reads `S:E` (slots, inclusive), `N` (an epoch) or `A-B` (epochs, inclusive) into a half-open range.
 * @throws {OperatingError} USAGE naming what is wrong.
 */
export function parseSlots(text: string): SlotRange {
  const match = /^(\d+)(?:([:-])(\d+))?$/.exec(text.replaceAll('_', ''));
  if (match === null) throw usage(text, 'not understood');
  const first = Number(match[1]);
  const last = match[3] === undefined ? first : Number(match[3]);
  if (first > last) throw usage(text, `${first} is after ${last}`);
  const inSlots = match[2] === ':';
  const start = inSlots ? first : firstSlotOfEpoch(first);
  const end = inSlots ? last + 1 : firstSlotOfEpoch(last + 1);
  if (end > SLOT_MAX) throw usage(text, `slot ${end - 1} is beyond any cluster's history`);
  return slotRange(start, end);
}

export function looksLikeSlots(text: string): boolean {
  return /^\d[\d_]*([:-][\d_]+)?$/.test(text) && text.length < 32;
}
