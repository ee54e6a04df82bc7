import { MessageChannel } from 'node:worker_threads';
import type { SlotRange } from '../../src/core/slot-range.ts';
import type { StatsVariants } from '../../src/model/ledger-stats.ts';
import type { StatsClickhouse, StatsShardTask } from '../../src/model/stats-task.ts';
import type {
  ShardCounters,
  ShardProgress,
  WorkerLimits,
  WorkerResult,
} from '../../src/model/worker-task.ts';
import { runTask } from '../../src/pipelines/run-task.ts';
import { archiveAt } from './archive-folder.ts';
import { smallLimits } from './run-shard.ts';

export interface RunStatsShardOptions {
  readonly base: string;
  readonly range: SlotRange;
  readonly clickhouse: StatsClickhouse;
  readonly variants?: StatsVariants;
  readonly limits?: Partial<WorkerLimits>;
  readonly cancel?: SharedArrayBuffer;
}

export interface StatsShardRun {
  readonly result: WorkerResult;
  readonly progress: readonly ShardCounters[];
}

/** Runs one shard of statistics as a worker would. */
export async function runStatsShardOf(options: RunStatsShardOptions): Promise<StatsShardRun> {
  const { base, range, clickhouse, variants, limits, cancel } = options;
  const { port1: supervisor, port2: worker } = new MessageChannel();
  const progress: ShardCounters[] = [];
  supervisor.on('message', (message: ShardProgress) => progress.push(message.counters));
  const task: StatsShardTask = {
    ...({ type: 'stats-shard', jobId: 'job-1', shardId: 3, verify: 'all' } as const),
    ...{ archive: archiveAt(base), range, clickhouse },
    variants: variants ?? { inner: true, loaded: true },
    limits: { ...smallLimits, ...limits },
    cancel: cancel ?? new SharedArrayBuffer(8),
  };
  try {
    return { result: await runTask(task, worker), progress };
  } finally {
    supervisor.close();
  }
}
