import { MessageChannel } from 'node:worker_threads';
import type { NatsTarget, SwapsShardTask, SwapsTarget } from '../../src/model/swaps-task.ts';
import type { WorkerResult } from '../../src/model/worker-task.ts';
import { runTask } from '../../src/pipelines/run-task.ts';
import { archiveAt } from './archive-folder.ts';
import { linkTo } from './nats-server.ts';
import { smallLimits } from './run-shard.ts';
import type { SwapArchive } from './swap-archive.ts';

/** A stream on this server, with bounds that hold nobody up but for the changes. */
export function natsTarget(url: string, given: Partial<NatsTarget> = {}): SwapsTarget {
  const bounds = { windowMax: 16, backlogMax: 100_000, backlogResume: 100_000 };
  return { type: 'nats', link: linkTo(url), ...bounds, ...given };
}

/** Runs one shard of swaps as a worker would. */
export async function runSwapsShardOf(
  { base, range }: Pick<SwapArchive, 'base' | 'range'>,
  target: SwapsTarget,
  cancel: SharedArrayBuffer = new SharedArrayBuffer(8),
): Promise<WorkerResult> {
  const { port1: supervisor, port2: worker } = new MessageChannel();
  const task: SwapsShardTask = {
    ...({ type: 'swaps-shard', jobId: 'job-1', shardId: 3, verify: 'all' } as const),
    ...{ archive: archiveAt(base), range, target, cancel, generic: false },
    limits: { ...smallLimits, slotRecordsBytesMax: 16 << 20 },
  };
  try {
    return await runTask(task, worker);
  } finally {
    supervisor.close();
  }
}
