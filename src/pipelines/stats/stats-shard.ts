import type { MessagePort } from 'node:worker_threads';
import { OperatingError } from '../../core/errors.ts';
import { AccountKeySet } from '../../decode/account-key-set.ts';
import type { StatsShardTask } from '../../model/stats-task.ts';
import type { ShardProgress, ShardResult } from '../../model/worker-task.ts';
import { crashPoint } from '../../ops/crash-point.ts';
import { ClickhouseClient } from '../../sinks/clickhouse-client.ts';
import { LedgerStatsSink } from '../../sinks/ledger-stats-sink.ts';
import { readShard } from '../archive/read-shard.ts';
import { StatsSlotConsumer } from './stats-slot-consumer.ts';

/** Every transaction counts, so no key is looked for. */
const WANTED = {
  keys: new AccountKeySet([]),
  everyTransaction: true,
  lookupsAreCandidates: false,
};

/** The tables have slots of 32 bits, as Jetstreamer's. */
const SLOTS_MAX = 2 ** 32;

/**
 * Counts the slots of a shard into ClickHouse. Resolves after ClickHouse has accepted every row; the port carries
 * progress and nothing else.
 * @throws {OperatingError} USAGE when a slot does not fit the tables, ARCHIVE_*, SINK_*, DISK_FULL.
 */
export async function runStatsShard(
  task: StatsShardTask,
  port: MessagePort,
  signal: AbortSignal,
): Promise<ShardResult> {
  const { shardId, limits, variants, clickhouse } = task;
  if (task.range.end > SLOTS_MAX) throw slotTooLarge(task.range.end);
  const scope = new AbortController();
  const inserts = AbortSignal.any([signal, scope.signal]);
  const client = new ClickhouseClient({ ...clickhouse, random: Math.random });
  const sink = new LedgerStatsSink({ ...clickhouse, client });
  const consumer = new StatsSlotConsumer({
    ...{ variants, sink, random: Math.random, signal: inserts },
    slotRecordsBytesMax: limits.slotRecordsBytesMax,
    payloadBytesMax: limits.sectionBytesMax,
  });
  const onProgress = (counters: ShardResult['counters']): void => {
    const message: ShardProgress = { type: 'progress', shardId, counters };
    port.postMessage(message);
  };
  try {
    sink.registerPlugins(inserts);
    const result = await readShard({ task, wanted: WANTED, consumer, onProgress }, signal);
    await sink.drain(inserts);
    crashPoint('worker-after-results');
    crashPoint('worker-thread-exit');
    return result;
  } finally {
    scope.abort();
    await sink.close();
    await client.close();
  }
}

function slotTooLarge(end: number): OperatingError {
  return new OperatingError(
    'USAGE',
    `counting slots up to ${end}: expected slots below ${SLOTS_MAX}, which is all that the tables can hold`,
    { retryable: false, fields: { end } },
  );
}
