import { OperatingError } from '../../core/errors.ts';
import type { BlockFaultKind } from '../../decode/block-check.ts';

/**
 * - `unreadable`: the slot's bytes break the format, miss a part, or are not what their CIDs say;
 * - `payload`: a transaction's or the rewards' frames do not join, or the bytes inside are no transaction;
 * - `proof-of-history`: an entry's hash does not follow from the one before;
 * - the others compare links with what stands in the archive.
 */
export type ArchiveFaultKind =
  | BlockFaultKind
  | 'rewards-slot'
  | 'payload'
  | 'proof-of-history'
  | 'unreadable';

/** Something wrong with a slot; `offset` is a place in the CAR of its epoch, -1 where there is none. */
export interface ArchiveFault {
  readonly slot: number;
  readonly offset: number;
  readonly kind: ArchiveFaultKind;
  readonly message: string;
}

/** A fault before its slot is known, since a Block comes last. */
export type SlotlessFault = Omit<ArchiveFault, 'slot'>;

/** Keeps the first faults and counts them all, since a broken disk can have any number. */
export class FaultList {
  readonly #keptMax: number;
  readonly kept: ArchiveFault[] = [];
  count = 0;

  constructor(keptMax: number) {
    this.#keptMax = keptMax;
  }

  add(fault: ArchiveFault): void {
    this.count++;
    if (this.kept.length < this.#keptMax) this.kept.push(fault);
  }
}

/** The fault that a decoder's error tells. @throws the error when it is about anything but these bytes. */
export function payloadFault(error: unknown, offset: number): SlotlessFault {
  const ofBytes =
    error instanceof OperatingError &&
    (error.code === 'RECORD_MALFORMED' || error.code === 'ARCHIVE_CORRUPT');
  if (!ofBytes) throw error;
  return { offset, kind: 'payload', message: error.message };
}
