import { firstSlotOfEpoch, SLOTS_PER_EPOCH } from '../../core/epoch.ts';
import type { OperatingError } from '../../core/errors.ts';
import type { SlotRange } from '../../core/slot-range.ts';
import { corrupt } from './archive-errors.ts';
import { type ByteSource, readBytes } from './byte-source.ts';
import { isSectionIntact, readSectionHead, SECTION_HEAD_BYTES } from './car-section.ts';
import { coalesceRuns, type LocatedSlots, type SlotFinder } from './located-slots.ts';

/**
 * `epoch-E-slot-ranges.raw`, the index that newer mirrors of Old Faithful carry: one record for
 * each slot of the epoch, u64 LE offset and u32 LE length; length 0 says that the slot was skipped.
 * A range begins with the slot's first section and ends behind its Block.
 */
const RECORD_BYTES = 12;
const RECORD_WORDS = 3;
export const SLOT_RANGES_BYTES = SLOTS_PER_EPOCH * RECORD_BYTES;

export interface SlotRangesIndex {
  readonly name: string;
  readonly epoch: number;
  readonly bytes: Buffer;
}

/**
 * @throws {OperatingError} ARCHIVE_CORRUPT unless the records ascend without overlap behind the
 * header, and where the first slot is not at a section: the index is of another CAR then.
 */
export async function openSlotRanges(
  index: SlotRangesIndex,
  car: { readonly source: ByteSource; readonly headerEnd: number },
  signal: AbortSignal,
): Promise<SlotFinder> {
  const firstOffset = requireAscending(index, car.headerEnd);
  await requireSection(index, { source: car.source, offset: firstOffset }, signal);
  return {
    locator: 'slot-ranges',
    locate: async (range) => locateInRanges(index, car.source.size, range),
  };
}

/** Checks the whole index in one pass and returns the lowest offset. */
function requireAscending(index: SlotRangesIndex, headerEnd: number): number {
  const { bytes, name } = index;
  if (bytes.length !== SLOT_RANGES_BYTES) {
    throw corrupt(`${name}: expected ${SLOT_RANGES_BYTES} bytes, found ${bytes.length}`, { name });
  }
  let first = -1;
  let end = headerEnd;
  const words = wordsOf(bytes);
  for (let at = 0; at < words.length; at += RECORD_WORDS) {
    const length = words[at + 2] ?? 0;
    if (length === 0) continue;
    const offset = (words[at] ?? 0) + (words[at + 1] ?? 0) * 0x1_0000_0000;
    if (offset < end) throw disorder(index, at * 4, `offset ${offset} lies before ${end}`);
    if (first < 0) first = offset;
    end = offset + length;
  }
  if (first < 0) throw corrupt(`${name}: expected at least one slot, all are empty`, { name });
  return first;
}

/**
 * The records as numbers: every worker checks them all anew for every shard. What Node runs on is little-endian, as
 * the file is.
 */
function wordsOf(bytes: Buffer): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

function offsetAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000;
}

function disorder(index: SlotRangesIndex, at: number, found: string): OperatingError {
  const slot = firstSlotOfEpoch(index.epoch) + at / RECORD_BYTES;
  return corrupt(`${index.name}: expected ascending ranges, at slot ${slot} ${found}`, {
    name: index.name,
    slot,
  });
}

async function requireSection(
  index: SlotRangesIndex,
  at: { readonly source: ByteSource; readonly offset: number },
  signal: AbortSignal,
): Promise<void> {
  const { source, offset } = at;
  if (await hasIntactSection(source, offset, signal)) return;
  throw corrupt(
    `${index.name}: says that its first slot is at ${offset} of ${source.name}, where no section begins`,
    { name: index.name, offset },
  );
}

async function hasIntactSection(
  source: ByteSource,
  offset: number,
  signal: AbortSignal,
): Promise<boolean> {
  const left = source.size - offset;
  if (left < SECTION_HEAD_BYTES) return false;
  const run = { offset, length: SECTION_HEAD_BYTES };
  const head = readSectionHead(await readBytes(source, run, signal), 0);
  if (head === undefined || head.end > left) return false;
  return isSectionIntact(await readBytes(source, { offset, length: head.end }, signal), head);
}

function locateInRanges(index: SlotRangesIndex, carSize: number, range: SlotRange): LocatedSlots {
  const { bytes, epoch, name } = index;
  const slots = new Float64Array(range.end - range.start);
  const offsets = new Float64Array(slots.length);
  const lengths = new Float64Array(slots.length);
  let count = 0;
  for (let slot = range.start; slot < range.end; slot++) {
    const at = (slot - firstSlotOfEpoch(epoch)) * RECORD_BYTES;
    const length = bytes.readUInt32LE(at + 8);
    if (length === 0) continue;
    const offset = offsetAt(bytes, at);
    if (offset + length > carSize) {
      throw corrupt(
        `${name}: slot ${slot} ends at ${offset + length}, the CAR has ${carSize} bytes: it was cut off or the index is of another CAR`,
        { name, slot, carSize },
      );
    }
    slots[count] = slot;
    offsets[count] = offset;
    lengths[count++] = length;
  }
  const found = {
    slots: slots.subarray(0, count),
    offsets: offsets.subarray(0, count),
    lengths: lengths.subarray(0, count),
  };
  return { locator: 'slot-ranges', ...found, runs: coalesceRuns(found.offsets, found.lengths) };
}
