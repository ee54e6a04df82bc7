import { type SlotRange, slotCount, subtractRanges } from '../../src/core/slot-range.ts';
import type { JobAudit } from '../../src/model/job.ts';
import type { QuarantinedSlot, ShardCounters } from '../../src/model/worker-task.ts';

/** One finished shard as the store remembers it. */
export interface FinishedShard {
  readonly range: SlotRange;
  readonly counters: Pick<ShardCounters, 'slotsDone' | 'slotsSkipped'>;
  /** Slots it left in quarantine. */
  readonly quarantined: number;
}

/**
 * Proves that every slot of the range was read, is skipped by the index, or stands in quarantine.
 * Finished shards outside the range are those of an earlier run that found a wider window; they do not count.
 * A shard whose own numbers do not add up to its range is a hole as a whole: nobody knows which slot is missing.
 */
export function auditJob(
  range: SlotRange,
  shards: readonly FinishedShard[],
  quarantined: readonly QuarantinedSlot[],
): JobAudit {
  const inside = shards.filter(
    (shard) => shard.range.start < range.end && shard.range.end > range.start,
  );
  const proven = inside.filter(addsUp);
  return {
    slots: slotCount(range),
    done: inside.reduce((sum, shard) => sum + shard.counters.slotsDone, 0),
    skipped: inside.reduce((sum, shard) => sum + shard.counters.slotsSkipped, 0),
    quarantined,
    missing: subtractRanges(
      range,
      proven.map((shard) => shard.range),
    ),
  };
}

function addsUp({ range, counters, quarantined }: FinishedShard): boolean {
  return counters.slotsDone + counters.slotsSkipped + quarantined === slotCount(range);
}
