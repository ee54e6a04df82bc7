import { SINK_WAITS } from '../../src/model/sink-waits.ts';
import { swapsOfTallies } from '../../src/model/swap-tallies.ts';
import type { ShardCounters } from '../../src/model/worker-task.ts';
import type { Metrics } from '../../src/ops/metrics.ts';

/** Adds what a committed shard counted of swaps to the metrics. */
export function countSwaps(metrics: Metrics, tallies: ShardCounters['tallies']): void {
  const { programs, mismatches } = swapsOfTallies(tallies);
  for (const { program, swaps } of programs) metrics.swaps.inc({ program }, swaps);
  for (const { program, reason, calls } of mismatches) {
    metrics.swapMismatches.inc({ program, reason }, calls);
  }
  for (const { cause, count, ms } of SINK_WAITS) {
    metrics.publishPauses.inc({ cause }, tallies[count] ?? 0);
    metrics.publishPausedSeconds.inc({ cause }, (tallies[ms] ?? 0) / 1000);
  }
}
