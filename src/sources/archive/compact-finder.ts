import { firstSlotOfEpoch } from '../../core/epoch.ts';
import type { SlotRange } from '../../core/slot-range.ts';
import { corrupt } from './archive-errors.ts';
import type { CarOfEpoch } from './bisect-finder.ts';
import type { CidOffsets } from './cid-offsets.ts';
import { coalesceRuns, type LocatedSlots, type SlotFinder } from './located-slots.ts';
import { type FoundBlock, SectionWalker } from './section-walker.ts';
import type { SlotToCid } from './slot-to-cid.ts';

/** Up to so many slots of a range every offset is looked up, else only the two ends. */
const EXACT_SLOTS_MAX = { local: 8192, remote: 32 };

export interface CompactIndexes {
  readonly slotToCid: SlotToCid;
  readonly cidOffsets: CidOffsets;
}

/**
 * Finds slots by the classic pair of indexes.
 * @throws {OperatingError} ARCHIVE_CORRUPT when the first slot of the index is not in the CAR.
 */
export async function openCompactFinder(
  car: CarOfEpoch,
  indexes: CompactIndexes,
  signal: AbortSignal,
): Promise<SlotFinder> {
  const lookup = new CompactLookup(car, indexes);
  await lookup.requireFirstSlot(signal);
  return { locator: 'compact-index', locate: (range, ends) => lookup.locate(range, ends) };
}

class CompactLookup {
  readonly #car: CarOfEpoch;
  readonly #indexes: CompactIndexes;
  readonly #walker: SectionWalker;

  constructor(car: CarOfEpoch, indexes: CompactIndexes) {
    this.#car = car;
    this.#indexes = indexes;
    this.#walker = new SectionWalker(car.source);
  }

  async requireFirstSlot(signal: AbortSignal): Promise<void> {
    const first = firstSlotOfEpoch(this.#car.epoch);
    const end = firstSlotOfEpoch(this.#car.epoch + 1);
    for (let slot = first; slot < end; slot++) {
      if (this.#isAbsent(slot) || !(await this.#isPresent(slot, signal))) continue;
      await this.#block(slot, signal);
      return;
    }
    const name = this.#indexes.cidOffsets.header.name;
    throw corrupt(`${name}: expected at least one slot of the epoch, found none`, { name });
  }

  async locate(range: SlotRange, signal: AbortSignal): Promise<LocatedSlots> {
    const locator = 'compact-index';
    const slots = await this.#presentSlots(range, signal);
    const last = slots.at(-1);
    if (last === undefined) {
      return { locator, slots, offsets: slots, lengths: slots, runs: [] };
    }
    const start = await this.#startOf(range.start, signal);
    const { end } = await this.#block(last, signal);
    const exactMax = this.#car.source.local ? EXACT_SLOTS_MAX.local : EXACT_SLOTS_MAX.remote;
    if (slots.length > exactMax) {
      const runs = [{ offset: start, length: end - start }];
      return { locator, slots, offsets: null, lengths: null, runs };
    }
    const { offsets, lengths } = await this.#offsets(slots, { start, end }, signal);
    return { locator, slots, offsets, lengths, runs: coalesceRuns(offsets, lengths) };
  }

  async #presentSlots(range: SlotRange, signal: AbortSignal): Promise<Float64Array> {
    const slots = new Float64Array(range.end - range.start);
    let count = 0;
    for (let slot = range.start; slot < range.end; slot++) {
      if (this.#isAbsent(slot) || !(await this.#isPresent(slot, signal))) continue;
      slots[count++] = slot;
    }
    return slots.subarray(0, count);
  }

  /** First section of the first present slot at or behind `slot`: where the one before it ends. */
  async #startOf(slot: number, signal: AbortSignal): Promise<number> {
    const first = firstSlotOfEpoch(this.#car.epoch);
    let end = this.#car.headerEnd;
    for (let before = slot - 1; before >= first; before--) {
      if (this.#isAbsent(before) || !(await this.#isPresent(before, signal))) continue;
      end = (await this.#block(before, signal)).end;
      break;
    }
    return this.#walker.skipBetweenSlots(end, signal);
  }

  /** Known without reading; a promise for each of the epoch's slots would take a second. */
  #isAbsent(slot: number): boolean {
    return this.#indexes.slotToCid.presence(slot) === 'absent';
  }

  async #isPresent(slot: number, signal: AbortSignal): Promise<boolean> {
    const presence = this.#indexes.slotToCid.presence(slot);
    if (presence !== 'contested') return presence === 'present';
    return (await this.#blockOfEntry(slot, signal)).slot === slot;
  }

  async #block(slot: number, signal: AbortSignal): Promise<FoundBlock> {
    const block = await this.#blockOfEntry(slot, signal);
    if (block.slot === slot) return block;
    throw this.#mismatch(slot, `the Block of slot ${block.slot}`);
  }

  /** The Block whose CID the index gives for a slot, which it may give by mistake. */
  async #blockOfEntry(slot: number, signal: AbortSignal): Promise<FoundBlock> {
    const cid = this.#indexes.slotToCid.cid(slot);
    const place = await this.#indexes.cidOffsets.find(cid, signal);
    if (place === undefined) throw this.#mismatch(slot, 'no offset for its CID');
    const block = await this.#walker.blockAt(place.offset, signal);
    if (block === null || !block.cid.equals(cid)) {
      throw this.#mismatch(slot, `something else at ${place.offset}`);
    }
    return block;
  }

  async #offsets(
    slots: Float64Array,
    ends: { readonly start: number; readonly end: number },
    signal: AbortSignal,
  ): Promise<{ offsets: Float64Array; lengths: Float64Array }> {
    const offsets = new Float64Array(slots.length);
    const lengths = new Float64Array(slots.length);
    let start = ends.start;
    for (const [i, slot] of slots.entries()) {
      const isLast = i === slots.length - 1;
      const end = isLast ? ends.end : await this.#indexedEnd(slot, signal);
      if (end <= start || end > ends.end) throw this.#mismatch(slot, `an end at ${end}`);
      offsets[i] = start;
      lengths[i] = end - start;
      if (!isLast) start = await this.#walker.skipBetweenSlots(end, signal);
    }
    return { offsets, lengths };
  }

  async #indexedEnd(slot: number, signal: AbortSignal): Promise<number> {
    const place = await this.#indexes.cidOffsets.find(this.#indexes.slotToCid.cid(slot), signal);
    if (place === undefined) throw this.#mismatch(slot, 'no offset for its CID');
    return place.offset + place.length;
  }

  #mismatch(slot: number, found: string) {
    const { name } = this.#indexes.cidOffsets.header;
    return corrupt(
      `${name} and ${this.#car.source.name}: expected the Block of slot ${slot}, found ${found}`,
      { name, slot },
    );
  }
}
