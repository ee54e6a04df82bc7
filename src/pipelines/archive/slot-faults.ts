import { type ErrorFields, OperatingError } from '../../core/errors.ts';
import type { SlotRange } from '../../core/slot-range.ts';

/** The ways in which the slots of an archive are not what its index, its order or its own end promised. */

/** @param offset where it was to begin; -1 where no place is known. */
export function absentSlot(slot: number, offset: number): OperatingError {
  return corrupt(
    `reading slot ${slot}: expected its Block, since the index lists the slot; the archive does not hold it there`,
    { slot, offset },
  );
}

export interface WrongSlot {
  /** What the index lists; infinite where there is no exact one. */
  readonly expected: number;
  /** The slot before. */
  readonly after: number;
  readonly received: number;
  /** File offset behind the Block. */
  readonly offset: number;
}

export function wrongSlot({ expected, after, received, offset }: WrongSlot): OperatingError {
  const what = Number.isFinite(expected) ? `slot ${expected}` : `a slot behind ${after}`;
  return corrupt(
    `reading the slot that ends at offset ${offset}: expected ${what}, received slot ${received}`,
    { received, offset },
  );
}

export function untoldSlots(range: SlotRange, bound: number): OperatingError {
  return corrupt(
    `reading on behind a broken slot: expected a list of slots, or up to ${bound} slots without one, received ${range.end - range.start} slots from ${range.start} on that may be lost; add slot ranges, indexes or slots.txt`,
    { start: range.start, end: range.end },
  );
}

export function slotCutOff(offset: number): OperatingError {
  return corrupt(
    `reading the slot at offset ${offset}: expected its Block, received the end of the bytes`,
    { offset },
  );
}

export function archiveCutOff(carSize: number, root: string): OperatingError {
  return corrupt(
    `reading a CAR of ${carSize} bytes to its end: expected its root ${root} there, received something else; it was cut off`,
    { carSize, root },
  );
}

function corrupt(message: string, fields: ErrorFields): OperatingError {
  return new OperatingError('ARCHIVE_CORRUPT', message, { retryable: false, fields });
}
