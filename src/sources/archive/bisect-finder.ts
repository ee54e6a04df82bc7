import { firstSlotOfEpoch, SLOTS_PER_EPOCH } from '../../core/epoch.ts';
import type { SlotRange } from '../../core/slot-range.ts';
import { corrupt } from './archive-errors.ts';
import type { ByteRun, ByteSource } from './byte-source.ts';
import { type LocatedSlots, type SlotFinder, slotsWithin } from './located-slots.ts';
import { type FoundBlock, SectionWalker } from './section-walker.ts';

export interface CarOfEpoch {
  readonly epoch: number;
  readonly source: ByteSource;
  readonly headerEnd: number;
}

/** Below this distance walking costs no more than another jump into the middle of a slot. */
const WALK_BYTES = 4 * 1024 * 1024;
/** Jumps remembered: the first ones are the same for every boundary. */
const JUMPS_KEPT_MAX = 256;

/** Finds slots without any index of offsets: slots ascend in a CAR, so their Blocks can be bisected. */
export function openBisectFinder(car: CarOfEpoch, slots: Float64Array | null): SlotFinder {
  const bisector = new Bisector(car);
  return {
    locator: 'bisect',
    locate: async (range, signal): Promise<LocatedSlots> => {
      const run = await bisector.run(range, signal);
      const present = slots === null ? null : slotsWithin(slots, range);
      return { locator: 'bisect', slots: present, offsets: null, lengths: null, runs: run };
    },
  };
}

/** Finds nothing and reads everything; always right. */
export function openScanFinder(car: CarOfEpoch, slots: Float64Array | null): SlotFinder {
  const { headerEnd, source } = car;
  const length = source.size - headerEnd;
  const runs = length > 0 ? [{ offset: headerEnd, length }] : [];
  return {
    locator: 'scan',
    locate: async (range): Promise<LocatedSlots> => {
      const present = slots === null ? null : slotsWithin(slots, range);
      return { locator: 'scan', slots: present, offsets: null, lengths: null, runs };
    },
  };
}

class Bisector {
  readonly #car: CarOfEpoch;
  readonly #walker: SectionWalker;
  readonly #jumps = new Map<number, FoundBlock>();

  constructor(car: CarOfEpoch) {
    this.#car = car;
    this.#walker = new SectionWalker(car.source);
  }

  async run(range: SlotRange, signal: AbortSignal): Promise<ByteRun[]> {
    const before = await this.#boundary(range.start, signal);
    const end = await this.#boundary(range.end, signal);
    if (before === end) return [];
    const offset = await this.#walker.skipBetweenSlots(before, signal);
    return [{ offset, length: end - offset }];
  }

  /**
   * End of the last Block below `slot`, or the end of the header. Every Block that ends at or
   * before `low` is below `slot`; no Block that starts at or behind `high` is.
   */
  async #boundary(slot: number, signal: AbortSignal): Promise<number> {
    let low = this.#car.headerEnd;
    let high = this.#car.source.size;
    while (high - low > WALK_BYTES) {
      const middle = low + Math.floor((high - low) / 2);
      const block = await this.#jump(middle, high, signal);
      if (block === null || block.slot >= slot) high = middle;
      else low = block.end;
    }
    for (;;) {
      const block = this.#requireOfEpoch(await this.#walker.nextBlock(low, signal));
      if (block === null || block.slot >= slot) return low;
      low = block.end;
    }
  }

  async #jump(middle: number, high: number, signal: AbortSignal): Promise<FoundBlock | null> {
    const known = this.#jumps.get(middle);
    if (known !== undefined) return known;
    const block = this.#requireOfEpoch(await this.#walker.blockFrom(middle, high, signal));
    if (block !== null && this.#jumps.size < JUMPS_KEPT_MAX) this.#jumps.set(middle, block);
    return block;
  }

  #requireOfEpoch(block: FoundBlock | null): FoundBlock | null {
    if (block === null) return null;
    const { epoch, source } = this.#car;
    const first = firstSlotOfEpoch(epoch);
    if (block.slot >= first && block.slot < first + SLOTS_PER_EPOCH) return block;
    throw corrupt(
      `reading ${source.name}: expected slots of epoch ${epoch}, found slot ${block.slot} at ${block.start}`,
      { name: source.name, slot: block.slot, offset: block.start },
    );
  }
}
