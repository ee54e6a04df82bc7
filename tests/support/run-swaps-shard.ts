import { MessageChannel } from 'node:worker_threads';
import type { NatsTarget, SwapsShardTask, SwapsTarget } from '../../src/model/swaps-task.ts';
import type { WorkerMessage, WorkerResult } from '../../src/model/worker-task.ts';
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

export interface SwapsShardRun {
  readonly cancel?: SharedArrayBuffer;
  /** Takes what the worker tells of faults that it waits out. */
  readonly onWarning?: (text: string) => void;
}

/** Runs one shard of swaps as a worker would. */
export async function runSwapsShardOf(
  { base, range }: Pick<SwapArchive, 'base' | 'range'>,
  target: SwapsTarget,
  { cancel = new SharedArrayBuffer(8), onWarning = () => {} }: SwapsShardRun = {},
): Promise<WorkerResult> {
  const { port1: supervisor, port2: worker } = new MessageChannel();
  supervisor.on('message', (message: WorkerMessage) => {
    if (message.type === 'warning') onWarning(message.text);
  });
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
