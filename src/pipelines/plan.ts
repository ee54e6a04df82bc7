import { type SlotRange, slotCount, splitByEpoch } from '../core/slot-range.ts';
import type { PlannedShard, PlanResult, PlanTask, SlotLocator } from '../model/worker-task.ts';
import type { LocatedSlots } from '../sources/archive/located-slots.ts';
import { openTaskArchive } from './archive/open-task-archive.ts';

interface ShardBounds {
  readonly bytesTarget: number;
  readonly slotsMax: number;
}

/** Cuts a range into shards of even work, and tells what a run over it would read. */
export async function runPlan(task: PlanTask, signal: AbortSignal): Promise<PlanResult> {
  const archive = openTaskArchive(task.archive, task.limits);
  const shards: PlannedShard[] = [];
  const locators: { epoch: number; locator: SlotLocator }[] = [];
  const notes: string[] = [];
  const bounds = { bytesTarget: task.shardBytesTarget, slotsMax: task.shardSlotsMax };
  try {
    for (const { epoch, range } of splitByEpoch(task.range)) {
      const opened = await archive.epoch(epoch, signal);
      try {
        const located = await opened.locate(range, signal);
        shards.push(...planShards(range, located, evenBounds(located, bounds)));
        locators.push({ epoch, locator: located.locator });
        notes.push(...opened.notes);
        if (located.slots === null) {
          notes.push(
            `epoch ${epoch} has no list of slots: how many are present shows when it is read`,
          );
        }
      } finally {
        opened.close();
      }
    }
  } finally {
    archive.close();
  }
  const slotsPresent = sum(shards, (shard) => Math.max(0, shard.slotsPresent));
  const bytesKnown = shards.every((shard) => shard.bytes >= 0);
  return {
    type: 'plan',
    shards,
    slotsPresent,
    slotsSkipped: slotCount(task.range) - slotsPresent,
    bytes: bytesKnown ? sum(shards, (shard) => shard.bytes) : -1,
    locators,
    notes,
  };
}

/** A shard costs some milliseconds of its own, so none is made smaller than this for the sake of evenness. */
const EVEN_BYTES_MIN = 64 * 2 ** 20;
/** So many shards let a few workers end together; a range of more than a gigabyte has more by its size. */
const EVEN_SHARDS = 4;

/** Bounds by which the shards come out alike, and several of them where the range allows it. */
function evenBounds({ lengths }: LocatedSlots, bounds: ShardBounds): ShardBounds {
  if (lengths === null) return bounds;
  const total = lengths.reduce((bytes, length) => bytes + length, 0);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const least = Math.min(EVEN_SHARDS, Math.floor(total / EVEN_BYTES_MIN));
  const count = Math.max(1, least, Math.ceil(total / bounds.bytesTarget));
  // A shard ends before the slot that would exceed the target, so without room for one there would be one shard more.
  const even = Math.ceil(total / count) + longest;
  return { ...bounds, bytesTarget: Math.min(bounds.bytesTarget, even) };
}

/**
 * Exact cover of the range, ascending. By bytes where every slot's length is known; where the locator only knows
 * whole runs, one shard for the whole part, because each shard would have to search its place anew.
 */
export function planShards(
  range: SlotRange,
  located: LocatedSlots,
  bounds: ShardBounds,
): PlannedShard[] {
  const { slots, lengths, runs } = located;
  if (slots === null || lengths === null) {
    const bytes = sum(runs, (run) => run.length);
    return [{ range, slotsPresent: slots?.length ?? slotCount(range), bytes }];
  }
  const shards: PlannedShard[] = [];
  let start = range.start;
  let first = 0;
  let bytes = 0;
  const close = (end: number, next: number): void => {
    shards.push({ range: { start, end }, slotsPresent: next - first, bytes });
    start = end;
    first = next;
    bytes = 0;
  };
  for (const [i, slot] of slots.entries()) {
    // Skipped slots count too: a shard without a single present slot must still be bounded.
    while (slot - start >= bounds.slotsMax) close(start + bounds.slotsMax, i);
    const length = lengths[i] ?? 0;
    if (bytes > 0 && bytes + length > bounds.bytesTarget) close(slot, i);
    bytes += length;
  }
  // Every slot that is left lies in the first of these shards, or the loop would have closed it.
  while (range.end - start > bounds.slotsMax) close(start + bounds.slotsMax, slots.length);
  close(range.end, slots.length);
  return shards;
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
