import { firstSlotOfEpoch, SLOTS_PER_EPOCH } from '../../core/epoch.ts';
import { corrupt } from './archive-errors.ts';

/** Ten digits and a line end for every slot: the largest `E.slots.txt` there can be. */
export const SLOTS_TEXT_BYTES_MAX = SLOTS_PER_EPOCH * 18;

/**
 * Reads `E.slots.txt`: the present slots of an epoch, ascending, one in a line.
 * @throws {OperatingError} ARCHIVE_CORRUPT for anything else.
 */
export function parseSlotsText(bytes: Buffer, epoch: number, name: string): Float64Array {
  const slots = new Float64Array(SLOTS_PER_EPOCH);
  const first = firstSlotOfEpoch(epoch);
  let count = 0;
  let previous = first - 1;
  for (const line of bytes.toString('latin1').split(/\r?\n/)) {
    if (line === '') continue;
    const slot = /^\d{1,16}$/.test(line) ? Number(line) : Number.NaN;
    if (!(slot > previous && slot < first + SLOTS_PER_EPOCH)) {
      throw corrupt(
        `${name}: expected ascending slots of epoch ${epoch}, one a line; line ${count + 1} is ${JSON.stringify(line.slice(0, 40))}`,
        { name, line: count + 1 },
      );
    }
    slots[count++] = slot;
    previous = slot;
  }
  if (count === 0) throw corrupt(`${name}: expected at least one slot, found none`, { name });
  return slots.slice(0, count);
}
