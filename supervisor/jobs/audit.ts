import { type SlotRange, slotCount, subtractRanges } from '../../src/core/slot-range.ts';
import type { JobAudit } from '../../src/model/job.ts';
import type { QuarantinedSlot, ShardCounters } from '../../src/model/worker-task.ts';

/** One finished shard as the store remembers it. */
export interface FinishedShard {
  readonly range: SlotRange;
  readonly counters: Pick<ShardCounters, 'slotsDone' | 'slotsSkipped'>;
}

/**
 * Proves that every slot of the range was read, is skipped by the index, or stands in quarantine.
 * A shard whose own numbers do not add up to its range is a hole as a whole: nobody knows which slot is missing.
 */
export function auditJob(
  range: SlotRange,
  shards: readonly FinishedShard[],
  quarantined: readonly QuarantinedSlot[],
): JobAudit {
  const proven = shards.filter((shard) => addsUp(shard, quarantined));
  return {
    slots: slotCount(range),
    done: shards.reduce((sum, shard) => sum + shard.counters.slotsDone, 0),
    skipped: shards.reduce((sum, shard) => sum + shard.counters.slotsSkipped, 0),
    quarantined,
    missing: subtractRanges(
      range,
      proven.map((shard) => shard.range),
    ),
  };
}

function addsUp(shard: FinishedShard, quarantined: readonly QuarantinedSlot[]): boolean {
  const inside = quarantined.filter(
    ({ slot }) => slot >= shard.range.start && slot < shard.range.end,
  ).length;
  return shard.counters.slotsDone + shard.counters.slotsSkipped + inside === slotCount(shard.range);
}
