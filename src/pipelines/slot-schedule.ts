import { OperatingError } from '../core/errors.ts';
import { type SlotRange, slotCount } from '../core/slot-range.ts';
import type { LocatedSlots } from '../sources/archive/located-slots.ts';

export interface ByteSpan {
  readonly offset: number;
  readonly length: number;
}

/** The Block that ends a slot which was given up. */
export interface EndingBlock {
  readonly slot: number;
  /** File offset behind it. */
  readonly end: number;
}

/**
 * Which slots of a range are still to be read, and from where. It knows two kinds of location: `exact`, where every
 * slot's bytes are known, so reading can go on at any slot; and whole runs, where only reading tells, so reading goes
 * on behind the last Block.
 */
export class SlotSchedule {
  readonly #located: LocatedSlots;
  readonly #range: SlotRange;
  readonly #seen = new Set<number>();
  #next = 0;
  #run = 0;
  /** Without exact location: where reading goes on; -1 is the start of the run. */
  #resumeAt = -1;
  #passedEnd = false;
  #unexpected = 0;
  slotsDone = 0;

  constructor(located: LocatedSlots, range: SlotRange) {
    this.#located = located;
    this.#range = range;
  }

  get exact(): boolean {
    return this.#located.offsets !== null;
  }

  /** Slots that the index calls skipped; where there is no index, those that were not in the archive. */
  slotsSkipped(quarantined: number): number {
    const { slots } = this.#located;
    const total = slotCount(this.#range);
    if (slots === null) return total - this.slotsDone - quarantined;
    return total - slots.length - this.#unexpected;
  }

  /** Bytes from the next slot that is to be read to the end of its run, or undefined when all is read. */
  nextRun(): ByteSpan | undefined {
    if (this.allSeen()) return undefined;
    const { offsets, runs } = this.#located;
    if (offsets !== null) {
      const offset = offsets[this.#next] ?? 0;
      const run = runs.find((one) => offset >= one.offset && offset < one.offset + one.length);
      if (run === undefined) throw new Error(`no run holds offset ${offset}`);
      return { offset, length: run.offset + run.length - offset };
    }
    for (; this.#run < runs.length; this.#run++, this.#resumeAt = -1) {
      const run = runs[this.#run];
      if (run === undefined) break;
      const offset = Math.max(run.offset, this.#resumeAt);
      const length = run.offset + run.length - offset;
      if (length > 0) return { offset, length };
    }
    return undefined;
  }

  /** The run was read to its end. @throws {OperatingError} ARCHIVE_CORRUPT when a slot should have been in it. */
  finishRun(run: ByteSpan): void {
    const { offsets, slots } = this.#located;
    if (offsets === null) {
      this.#run++;
      this.#resumeAt = -1;
      return;
    }
    const offset = offsets[this.#next];
    if (offset === undefined || offset >= run.offset + run.length) return;
    throw absent(slots?.[this.#next] ?? -1, offset);
  }

  /** File offset at which the next slot begins, as far as that is known. */
  offsetOfNext(): number {
    const { offsets, runs } = this.#located;
    if (offsets !== null) return offsets[this.#next] ?? -1;
    return this.#resumeAt >= 0 ? this.#resumeAt : (runs[this.#run]?.offset ?? -1);
  }

  /**
   * A Block of `slot` ended at file offset `end`.
   * @returns whether the slot belongs to the range.
   * @throws {OperatingError} ARCHIVE_CORRUPT when another slot's bytes were to stand here.
   */
  passBlock(slot: number, end: number): boolean {
    const { slots, offsets } = this.#located;
    if (offsets !== null) {
      if (slot === slots?.[this.#next]) return true;
      throw wrongSlot(slots?.[this.#next] ?? -1, slot, offsets[this.#next] ?? -1);
    }
    this.#resumeAt = end;
    this.#passedEnd ||= slot >= this.#range.end;
    const inside = this.#isInside(slot);
    if (inside && this.#seen.has(slot)) throw wrongSlot(-1, slot, end);
    return inside;
  }

  /** The slot that was just passed is done. */
  commit(slot: number): void {
    const { slots, offsets } = this.#located;
    this.slotsDone++;
    if (offsets !== null) {
      this.#next++;
      return;
    }
    this.#seen.add(slot);
    if (slots !== null && !includes(slots, slot)) this.#unexpected++;
  }

  /**
   * Gives up the slot that is being read.
   * @param ending without exact location: the next Block behind the fault, or null where there is none.
   * @returns the slot, or undefined when no slot of the range was lost.
   */
  giveUpNext(ending: EndingBlock | null): number | undefined {
    const { slots, offsets } = this.#located;
    if (offsets !== null) return slots?.[this.#next++];
    if (ending === null) {
      this.#run++;
      this.#resumeAt = -1;
      return undefined;
    }
    this.#resumeAt = ending.end;
    this.#passedEnd ||= ending.slot >= this.#range.end;
    if (!this.#isInside(ending.slot)) return undefined;
    this.#seen.add(ending.slot);
    return ending.slot;
  }

  allSeen(): boolean {
    const { slots, offsets, runs } = this.#located;
    if (offsets !== null) return this.#next >= (slots?.length ?? 0);
    return this.#passedEnd || this.#run >= runs.length;
  }

  /** Slots that the index promised and reading did not find. */
  unread(): { slot: number; error: OperatingError }[] {
    const { slots, offsets } = this.#located;
    if (slots === null || offsets !== null) return [];
    return [...slots]
      .filter((slot) => !this.#seen.has(slot))
      .map((slot) => ({ slot, error: absent(slot, -1) }));
  }

  #isInside(slot: number): boolean {
    return slot >= this.#range.start && slot < this.#range.end;
  }
}

function includes(ascending: Float64Array, slot: number): boolean {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < slot) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === slot;
}

function absent(slot: number, offset: number): OperatingError {
  return new OperatingError(
    'ARCHIVE_CORRUPT',
    `reading slot ${slot}: expected its Block, since the index lists the slot; the archive does not hold it there`,
    { retryable: false, fields: { slot, offset } },
  );
}

function wrongSlot(expected: number, received: number, offset: number): OperatingError {
  return new OperatingError(
    'ARCHIVE_CORRUPT',
    `reading the slot at offset ${offset}: expected the Block of slot ${expected < 0 ? 'another slot' : expected}, received slot ${received}`,
    { retryable: false, fields: { expected, received, offset } },
  );
}
