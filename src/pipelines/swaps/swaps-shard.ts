import type { MessagePort } from 'node:worker_threads';
import { AccountKeySet } from '../../decode/account-key-set.ts';
import type { SwapsShardTask } from '../../model/swaps-task.ts';
import type { ShardProgress, ShardResult } from '../../model/worker-task.ts';
import { crashPoint } from '../../ops/crash-point.ts';
import { DEX_PROGRAM_IDS } from '../../protocols/dex/known-programs.ts';
import { readShard } from '../archive/read-shard.ts';
import { abortWhenAsked } from './abort-when-asked.ts';
import { openSwapOutlet } from './swap-outlet.ts';
import { SwapsSlotConsumer } from './swaps-slot-consumer.ts';

/**
 * Decodes the swaps of a shard. Resolves after its sink, the stream or ClickHouse, has accepted all of them; the port
 * carries progress and nothing else.
 * @throws {OperatingError} ARCHIVE_*, SINK_*, DISK_FULL, CANCELLED when the sink held it up after it was asked to stop.
 */
export async function runSwapsShard(
  task: SwapsShardTask,
  port: MessagePort,
  signal: AbortSignal,
): Promise<ShardResult> {
  const { shardId } = task;
  const asked = abortWhenAsked(task.cancel);
  const scope = new AbortController();
  const sending = AbortSignal.any([signal, scope.signal, asked.signal]);
  const onProgress = (counters: ShardResult['counters']): void => {
    const message: ShardProgress = { type: 'progress', shardId, counters };
    port.postMessage(message);
  };
  try {
    const outlet = await openSwapOutlet(task.target, sending);
    try {
      const { consumer, wanted } = swapsReader(task, outlet, sending);
      const result = await readShard({ task, wanted, consumer, onProgress }, signal);
      await outlet.drain(sending);
      crashPoint('worker-after-results');
      crashPoint('worker-thread-exit');
      return result;
    } finally {
      scope.abort();
      await outlet.close();
    }
  } finally {
    asked.stop();
  }
}
