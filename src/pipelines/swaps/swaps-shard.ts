import type { MessagePort } from 'node:worker_threads';
import { talliesOfSwaps } from '../../model/swap-tallies.ts';
import type { SwapsShardTask } from '../../model/swaps-task.ts';
import type { ShardProgress, ShardResult, ShardWarning } from '../../model/worker-task.ts';
import { crashPoint } from '../../ops/crash-point.ts';
import { readShard } from '../archive/read-shard.ts';
import { borrowTables, returnTables } from '../archive/spare-tables.ts';
import { abortWhenAsked } from './abort-when-asked.ts';
import { openSwapOutlet, type SwapOutlet } from './swap-outlet.ts';
import { SwapsSlotConsumer } from './swaps-slot-consumer.ts';
import { wantedForSwaps } from './wanted-for-swaps.ts';

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
  const asked = abortWhenAsked(task.cancel);
  const scope = new AbortController();
  try {
    const sending = AbortSignal.any([signal, scope.signal, asked.signal]);
    const warn = (text: string): void => {
      const message: ShardWarning = { type: 'warning', shardId: task.shardId, text };
      port.postMessage(message);
    };
    const outlet = await openSwapOutlet(task.target, warn, sending);
    try {
      const result = await readInto(outlet, task, port, signal);
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

async function readInto(
  outlet: SwapOutlet,
  task: SwapsShardTask,
  port: MessagePort,
  signal: AbortSignal,
): Promise<ShardResult> {
  const { shardId, generic, archive, verify, limits } = task;
  const use = { archive, verify, wanted: ['swaps', generic] };
  const tables = borrowTables(use);
  const wanted = wantedForSwaps(generic);
  const consumer = new SwapsSlotConsumer({
    ...{ generic, tables, keys: wanted.keys },
    onSwaps: (transactions) => outlet.add(transactions),
    onSlot: () => outlet.full,
    hasRequests: () => outlet.hasRequests,
    flush: () => outlet.flush(),
    slotRecordsBytesMax: limits.slotRecordsBytesMax,
    payloadBytesMax: limits.sectionBytesMax,
  });
  const onProgress = (counters: ShardResult['counters']): void => {
    const message: ShardProgress = { type: 'progress', shardId, counters };
    port.postMessage(message);
  };
  const result = await readShard({ task, wanted, consumer, onProgress }, signal);
  returnTables(use, tables);
  await outlet.drain();
  const tallies = { ...talliesOfSwaps(consumer.counts()), ...outlet.tallies() };
  return { ...result, counters: { ...result.counters, tallies } };
}
