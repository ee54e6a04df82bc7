import type { MessagePort } from 'node:worker_threads';
import { AccountKeySet } from '../../decode/account-key-set.ts';
import type { SessionsShardTask, ShardResult } from '../../model/worker-task.ts';
import { crashPoint } from '../../ops/crash-point.ts';
import { compileIqFilter } from '../../protocols/iq/registry.ts';
import { readShard } from '../archive/read-shard.ts';
import { borrowTables, returnTables } from '../archive/spare-tables.ts';
import { IqSlotConsumer } from './iq-slot-consumer.ts';
import { RecordOutlet } from './record-outlet.ts';

/** Reads the slots of a shard from the archive and hands over what IQ programs did in them. */
export async function runSessionsShard(
  task: SessionsShardTask,
  port: MessagePort,
  signal: AbortSignal,
): Promise<ShardResult> {
  const { shardId, limits } = task;
  const filter = compileIqFilter(task.filter);
  const keys = new AccountKeySet(filter.scanKeys);
  const outlet = new RecordOutlet({ shardId, port, limits });
  const use = { archive: task.archive, verify: task.verify, wanted: task.filter };
  const tables = borrowTables(use);
  const consumer = new IqSlotConsumer({
    ...{ filter, keys, outlet, tables },
    slotRecordsBytesMax: limits.slotRecordsBytesMax,
    payloadBytesMax: limits.sectionBytesMax,
  });
  const { everyTransaction, lookupsAreCandidates } = filter;
  const wanted = { keys, everyTransaction, lookupsAreCandidates };
  const onProgress = outlet.progress.bind(outlet);
  const result = await readShard({ task, wanted, consumer, onProgress }, signal);
  returnTables(use, tables);
  await outlet.drain();
  crashPoint('worker-after-results');
  crashPoint('worker-thread-exit');
  return result;
}
