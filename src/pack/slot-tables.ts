import { firstSlotOfEpoch, SLOTS_PER_EPOCH } from '../core/epoch.ts';

/** `epoch-E-slot-ranges.raw`: u64 offset and u32 length per slot. Source: FernoLabs/blockzilla. */
const RANGE_BYTES = 12;

/** Format `blocktimeindex`. Source: rpcpool/yellowstone-faithful, blocktimeindex. */
const BLOCK_TIME_MAGIC = 'blocktimeindex';
const BLOCK_TIME_HEAD_BYTES = BLOCK_TIME_MAGIC.length + 4 * 8;

/** The sidecars with one fixed place per slot of the epoch, and the list of slots present. */
export class SlotTables {
  readonly #firstSlot: number;
  /** `epoch-E-slot-ranges.raw`; a length of 0 is a skipped slot. */
  readonly ranges = Buffer.alloc(SLOTS_PER_EPOCH * RANGE_BYTES);
  /** `…-slot-to-blocktime.index`; seconds since 1970, 0 where unknown. */
  readonly blockTimes = Buffer.alloc(BLOCK_TIME_HEAD_BYTES + SLOTS_PER_EPOCH * 4);
  readonly #slots: number[] = [];

  constructor(epoch: number) {
    this.#firstSlot = firstSlotOfEpoch(epoch);
    const lastSlot = this.#firstSlot + SLOTS_PER_EPOCH - 1;
    let at = this.blockTimes.write(BLOCK_TIME_MAGIC);
    for (const value of [this.#firstSlot, lastSlot, epoch, SLOTS_PER_EPOCH]) {
      at = this.blockTimes.writeBigUInt64LE(BigInt(value), at);
    }
  }

  /** `offset` is the slot's first section, `length` reaches behind its Block. */
  add(slot: number, offset: number, length: number, blockTime: number): void {
    const place = slot - this.#firstSlot;
    this.ranges.writeBigUInt64LE(BigInt(offset), place * RANGE_BYTES);
    this.ranges.writeUInt32LE(length, place * RANGE_BYTES + 8);
    this.blockTimes.writeUInt32LE(blockTime, BLOCK_TIME_HEAD_BYTES + place * 4);
    this.#slots.push(slot);
  }

  /** `E.slots.txt`: the slots present, one on each line. */
  slotsText(): string {
    return this.#slots.map((slot) => `${slot}\n`).join('');
  }
}
