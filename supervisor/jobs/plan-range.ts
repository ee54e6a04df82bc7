import type { SlotRange } from '../../src/core/slot-range.ts';
import type { ArchiveLocation, PlanResult } from '../../src/model/worker-task.ts';
import type { JobContext } from './job-context.ts';

/** Plans a range of an archive with the house's bounds. */
export function planRange(
  archive: ArchiveLocation,
  range: SlotRange,
  context: JobContext,
  signal: AbortSignal,
): Promise<PlanResult> {
  const { shardBytesTarget, shardSlotsMax, limits } = context;
  return context.pool.plan(
    { type: 'plan', archive, range, shardBytesTarget, shardSlotsMax, limits },
    signal,
  );
}
