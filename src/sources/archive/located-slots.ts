import type { SlotRange } from '../../core/slot-range.ts';
import type { SlotLocator } from '../../model/worker-task.ts';
import type { ByteRun } from './byte-source.ts';

/** Where the slots of a range stand in the CAR of their epoch. */
export interface LocatedSlots {
  readonly locator: SlotLocator;
  /** Present slots of the range, ascending; null when only reading can tell. */
  readonly slots: Float64Array | null;
  /** Per present slot, its first section and how many bytes to behind its Block; null when not known. */
  readonly offsets: Float64Array | null;
  readonly lengths: Float64Array | null;
  /**
   * What to read, ascending; each run begins on a section. Runs may hold nodes that belong to no
   * slot, and, where reading must tell, slots outside of the range.
   */
  readonly runs: readonly ByteRun[];
}

/** One way of finding slots in the CAR of one epoch. */
export interface SlotFinder {
  readonly locator: SlotLocator;
  /** @param range within the epoch. */
  locate(range: SlotRange, signal: AbortSignal): Promise<LocatedSlots>;
}

/**
 * A gap between two slots up to this size is read over. Between slots stand Subset nodes of up to
 * 24,000 links, 984 KB; reading that costs less than another request.
 */
const GAP_BYTES_MAX = 1024 * 1024;

/** Joins neighbours into runs. Offsets must ascend without overlap. */
export function coalesceRuns(offsets: Float64Array, lengths: Float64Array): ByteRun[] {
  const runs: ByteRun[] = [];
  let start = -1;
  let end = -1;
  for (let i = 0; i < offsets.length; i++) {
    const offset = offsets[i] ?? 0;
    if (start >= 0 && offset - end > GAP_BYTES_MAX) {
      runs.push({ offset: start, length: end - start });
      start = -1;
    }
    if (start < 0) start = offset;
    end = offset + (lengths[i] ?? 0);
  }
  if (start >= 0) runs.push({ offset: start, length: end - start });
  return runs;
}

/** The ascending `slots` that lie in the range. */
export function slotsWithin(slots: Float64Array, range: SlotRange): Float64Array {
  return slots.subarray(lowerBound(slots, range.start), lowerBound(slots, range.end));
}

/** Index of the first of the ascending values that is not below `value`. */
export function lowerBound(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
