import type { OperatingError } from '../../core/errors.ts';
import { type SlotRange, slotCount } from '../../core/slot-range.ts';
import { type LocatedSlots, slotsWithin } from '../../sources/archive/located-slots.ts';
import { absentSlot, untoldSlots, wrongSlot } from './slot-faults.ts';

export interface ByteSpan {
  readonly offset: number;
  readonly length: number;
}

export interface PassedBlock {
  readonly slot: number;
  /** The slot before it on the chain. */
  readonly parentSlot: number;
}

/** The Block that ends a slot which was given up. */
export interface EndingBlock extends PassedBlock {
  /** File offset behind it. */
  readonly end: number;
  /** File offset behind the broken section, where its length can be believed; else null. */
  readonly behindFault: number | null;
}

/** Slots that may be lost at one place without a list that tells which of them the archive had. */
const UNTOLD_SLOTS_MAX = 1024;

/**
 * Which slots of a range are still to be read, and from where. It knows two kinds of location: `exact`, where every
 * slot's bytes are known, so reading can go on at any slot; and whole runs, where only reading tells, so reading goes
 * on behind the last Block. A Block is announced by `passBlock`; nothing moves until `commit` or `drop` follows, so a
 * slot whose Block turns out wrong is read again.
 */
export class SlotSchedule {
  readonly #located: LocatedSlots;
  readonly #range: SlotRange;
  readonly #seen = new Set<number>();
  #next = 0;
  #run = 0;
  /** Without exact location: where reading goes on; -1 is the start of the run. */
  #resumeAt = -1;
  /** Slot of the last Block that was read or given up; slots ascend in a CAR. */
  #lastSlot = -1;
  /** The Block that was announced and neither committed nor dropped. */
  #underway: EndingBlock | null = null;
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

  /** True when nothing but the file's own end says that there are no further slots. */
  get endIsTold(): boolean {
    return this.#located.slots !== null || this.#passedEnd;
  }

  /** The Block of the slot that could not be committed, where reading came so far. */
  get blockUnderway(): EndingBlock | null {
    return this.#underway;
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
    this.#underway = null;
    if (this.allSeen()) return undefined;
    const { offsets, runs } = this.#located;
    if (offsets !== null) {
      const offset = offsets[this.#next] ?? 0;
      const run = runs.find((one) => offset >= one.offset && offset < one.offset + one.length);
      if (run === undefined) throw new Error(`no run holds offset ${offset}`);
      return { offset, length: run.offset + run.length - offset };
    }
    for (; this.#run < runs.length; this.#endRun()) {
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
      this.#endRun();
      return;
    }
    const offset = offsets[this.#next];
    if (offset === undefined || offset >= run.offset + run.length) return;
    throw absentSlot(slots?.[this.#next] ?? -1, offset);
  }

  /** File offset at which the next slot begins, as far as that is known. */
  offsetOfNext(): number {
    const { offsets, runs } = this.#located;
    if (offsets !== null) return offsets[this.#next] ?? -1;
    return this.#resumeAt >= 0 ? this.#resumeAt : (runs[this.#run]?.offset ?? -1);
  }

  /**
   * A Block ended at file offset `end`. A slot of the range that the index does not list is taken too.
   * @returns whether the slot belongs to the range.
   * @throws {OperatingError} ARCHIVE_CORRUPT when another slot's bytes were to stand here.
   */
  passBlock({ slot, parentSlot }: PassedBlock, end: number): boolean {
    this.#underway = { slot, end, parentSlot, behindFault: null };
    const { slots, offsets } = this.#located;
    const expected = offsets === null ? Number.POSITIVE_INFINITY : (slots?.[this.#next] ?? -1);
    const ascends = slot > this.#lastSlot && slot <= expected;
    if (ascends && (offsets === null || this.#isInside(slot))) return this.#isInside(slot);
    throw wrongSlot({ expected, after: this.#lastSlot, received: slot, offset: end });
  }

  /** The slot that was just passed is done. */
  commit(): void {
    const { slots } = this.#located;
    const { slot } = this.#leaveBlock();
    this.slotsDone++;
    this.#seen.add(slot);
    if (slots === null) return;
    if (this.exact && slots[this.#next] === slot) this.#next++;
    else if (!includes(slots, slot)) this.#unexpected++;
  }

  /** The Block that was just passed is not of this range. */
  drop(): void {
    this.#leaveBlock();
  }

  /**
   * Gives up the slot that is being read. Where its Block is among what is broken, the Block behind is another slot's,
   * which is read on from behind the broken section; should that slot lack something too, it is given up in its turn.
   * @param ending without exact location: the next Block behind the fault, or null where there is none.
   * @returns the slots of the range that were lost with it; a slot that no list names counts when it may have been
   * in the bytes that cannot be read.
   * @throws {OperatingError} ARCHIVE_CORRUPT when these are too many to tell.
   */
  giveUpNext(ending: EndingBlock | null): readonly number[] {
    const { slots } = this.#located;
    const listed = slots?.[this.#next];
    if (this.exact) {
      this.#next++;
      this.#lastSlot = listed ?? this.#lastSlot;
      return listed === undefined ? [] : [listed];
    }
    if (ending === null) {
      this.#endRun();
      return [];
    }
    const lost = this.#slotsBefore(ending);
    for (const slot of lost) this.#seen.add(slot);
    if (lost.length > 0 && ending.behindFault !== null) {
      this.#resumeAt = ending.behindFault;
      this.#lastSlot = ending.slot - 1;
      return lost;
    }
    if (this.#isInside(ending.slot) && !this.#seen.has(ending.slot)) {
      this.#seen.add(ending.slot);
      lost.push(ending.slot);
      if (slots !== null && !includes(slots, ending.slot)) this.#unexpected++;
    }
    this.#underway = ending;
    this.#leaveBlock();
    return lost;
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
      .map((slot) => ({ slot, error: absentSlot(slot, -1) }));
  }

  #endRun(): void {
    this.#run++;
    this.#resumeAt = -1;
  }

  #leaveBlock(): EndingBlock {
    const block = this.#underway;
    if (block === null) throw new Error('no Block was passed');
    this.#underway = null;
    this.#resumeAt = block.end;
    this.#lastSlot = Math.max(this.#lastSlot, block.slot);
    this.#passedEnd ||= block.slot >= this.#range.end;
    return block;
  }

  /** Slots before `ending` whose Blocks stood, or may have stood, in the bytes that cannot be read. */
  #slotsBefore(ending: EndingBlock): number[] {
    const { slots } = this.#located;
    const first = Math.max(this.#range.start, this.#lastSlot + 1);
    const end = Math.min(this.#range.end, ending.slot);
    if (slots !== null) return [...slotsWithin(slots, { start: first, end })];
    const count = Math.max(0, Math.min(end, ending.parentSlot + 1) - first);
    if (count > UNTOLD_SLOTS_MAX) throw untoldSlots({ start: first, end }, UNTOLD_SLOTS_MAX);
    return Array.from({ length: count }, (_, i) => first + i);
  }

  #isInside(slot: number): boolean {
    return slot >= this.#range.start && slot < this.#range.end;
  }
}

function includes(ascending: Float64Array, slot: number): boolean {
  return slotsWithin(ascending, { start: slot, end: slot + 1 }).length > 0;
}
