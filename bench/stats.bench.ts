import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { MessageChannel } from 'node:worker_threads';
import { parseConfig } from '../src/config/config.ts';
import { statsClickhouseOf } from '../src/config/worker-options-of.ts';
import { AccountKeySet } from '../src/decode/account-key-set.ts';
import type { StatsClickhouse } from '../src/model/stats-task.ts';
import type { ShardResult, VerifyLevel } from '../src/model/worker-task.ts';
import { type CountingConsumer, readShard } from '../src/pipelines/archive/read-shard.ts';
import { runTask } from '../src/pipelines/run-task.ts';
import { StatsSlotConsumer } from '../src/pipelines/stats/stats-slot-consumer.ts';
import { ClickhouseClient } from '../src/sinks/clickhouse-client.ts';
import { migrateClickhouse } from '../src/sinks/clickhouse-migrations.ts';
import { type BenchArchive, epoch127 } from './bench-archive.ts';
import { startBenchClickhouse } from './bench-clickhouse.ts';
import { benchLimits } from './bench-limits.ts';
import { DecodingConsumer } from './decoding-consumer.ts';
import { printMachine, printTimed, type TimedContestant, timeInterleaved } from './timed-rounds.ts';

/**
 * What statistics of every transaction cost beside reading and decoding the same transactions with their metadata,
 * on one thread: counted alone, and into a real ClickHouse on this machine until it has accepted every row. CPU is
 * that of this process, without ClickHouse's own.
 * Usage: node --import tsx bench/stats.bench.ts [--rounds 7] [--variants]
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    variants: { type: 'boolean', default: false },
  },
});
const variants = { inner: values.variants, loaded: values.variants };
const { signal } = new AbortController();

function shardOf(archive: BenchArchive, verify: VerifyLevel) {
  const { location, range } = archive;
  return {
    ...{ jobId: 'bench', shardId: 1, archive: location, range, verify, limits: benchLimits },
    cancel: new SharedArrayBuffer(8),
  };
}

function requireWhole(result: ShardResult): void {
  assert(result.outcome === 'done' && result.quarantined.length === 0, JSON.stringify(result));
  assert.equal(result.counters.metadataDecoded, result.counters.transactions);
}

async function consume(
  archive: BenchArchive,
  verify: VerifyLevel,
  consumer: CountingConsumer,
): Promise<ShardResult> {
  const keys = new AccountKeySet([]);
  const wanted = { keys, everyTransaction: true, lookupsAreCandidates: false };
  const task = shardOf(archive, verify);
  const result = await readShard({ task, wanted, consumer, onProgress: () => {} }, signal);
  requireWhole(result);
  return result;
}

async function intoClickhouse(
  archive: BenchArchive,
  verify: VerifyLevel,
  clickhouse: StatsClickhouse,
): Promise<void> {
  const { port1: ours, port2: theirs } = new MessageChannel();
  const task = { type: 'stats-shard', ...shardOf(archive, verify), variants, clickhouse } as const;
  const result = await runTask(task, theirs);
  ours.close();
  assert(result.type === 'shard', JSON.stringify(result));
  requireWhole(result);
}

function contestants(
  archive: BenchArchive,
  units: number,
  clickhouse: StatsClickhouse | null,
): TimedContestant[] {
  const sink = { addSlot: () => false, flush: async () => {}, hasRequests: false };
  const { slotRecordsBytesMax, sectionBytesMax: payloadBytesMax } = benchLimits;
  const options = { variants, sink, slotRecordsBytesMax, payloadBytesMax, signal };
  const random = Math.random;
  return (['none', 'all'] as const).flatMap((verify) => [
    {
      ...{ name: `read and decode, verify ${verify}`, units },
      work: async () => void (await consume(archive, verify, new DecodingConsumer(benchLimits))),
    },
    {
      ...{ name: `counted, verify ${verify}`, units },
      work: async () =>
        void (await consume(archive, verify, new StatsSlotConsumer({ ...options, random }))),
    },
    ...(clickhouse === null
      ? []
      : [
          {
            ...{ name: `into ClickHouse, verify ${verify}`, units },
            work: () => intoClickhouse(archive, verify, clickhouse),
          },
        ]),
  ]);
}

async function measure(archive: BenchArchive, clickhouse: StatsClickhouse | null): Promise<void> {
  const { counters } = await consume(archive, 'none', new DecodingConsumer(benchLimits));
  const rounds = Number(values.rounds);
  const all = contestants(archive, counters.transactions, clickhouse);
  const timed = await timeInterleaved(all, rounds);
  printMachine(
    `${archive.name}, ${counters.bytesRead} bytes, ${counters.transactions} transactions with metadata; ${rounds} rounds`,
  );
  const half = timed.length / 2;
  for (const [i, one] of timed.entries()) {
    const baseline = timed[i < half ? 0 : half];
    assert(baseline !== undefined);
    printTimed(one, 'tx', counters.bytesRead, baseline);
  }
}

const archive = await epoch127();
if (archive === undefined) console.log('skipped: epoch-127-dbin is missing');
else {
  await using service = await startBenchClickhouse();
  if (service === undefined) {
    console.log('without ClickHouse: the embedded engine is not installed');
    await measure(archive, null);
  } else {
    const { config } = parseConfig({});
    const clickhouse = {
      ...statsClickhouseOf(config, service.dsn),
      database: 'bench',
      triesMax: 1,
    };
    const client = new ClickhouseClient({ ...clickhouse, random: Math.random });
    await migrateClickhouse(client, signal);
    await client.close();
    await measure(archive, clickhouse);
  }
}
