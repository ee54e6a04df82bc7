import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { MessageChannel } from 'node:worker_threads';
import type { ShardResult, VerifyLevel, WorkerMessage } from '../src/model/worker-task.ts';
import { runTask } from '../src/pipelines/run-task.ts';
import { bareScan } from './bare-scan.ts';
import { type BenchArchive, epoch127, generatedBenchArchive } from './bench-archive.ts';
import { benchLimits } from './bench-limits.ts';
import { printMachine, printTimed, type TimedContestant, timeInterleaved } from './timed-rounds.ts';

/**
 * What a shard costs, from opening the archive to the last record handed over, beside the bare scan of the same bytes
 * with the same verification, on one thread.
 * Usage: node --import tsx bench/shard.bench.ts [--megabytes 1000] [--rounds 3]
 */

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
  },
});

async function runShard(archive: BenchArchive, verify: VerifyLevel): Promise<ShardResult> {
  const { port1: ours, port2: theirs } = new MessageChannel();
  ours.on('message', (message: WorkerMessage) => {
    if (message.type === 'records') {
      ours.postMessage({ type: 'ack', sequence: message.sequence });
    }
  });
  const { location, range } = archive;
  const task = {
    ...({ type: 'sessions-shard', jobId: 'bench', shardId: 1, range, verify } as const),
    archive: location,
    filter: { mode: 'auto', programs: [], sessions: [] } as const,
    limits: benchLimits,
    cancel: new SharedArrayBuffer(8),
  };
  const result = await runTask(task, theirs);
  ours.close();
  assert(result.type === 'shard' && result.quarantined.length === 0, JSON.stringify(result));
  return result;
}

async function measure(archive: BenchArchive, rounds: number): Promise<void> {
  const { carPath: path, located } = archive;
  const [run] = located.runs;
  assert(run !== undefined && located.runs.length === 1, 'the archive is one run');
  const whole = { path, start: run.offset, end: run.offset + run.length };
  const { counters } = await runShard(archive, 'none');
  const { transactions, metadataDecoded } = counters;
  assert.equal(bareScan({ ...whole, verify: false }), transactions);
  const bare = (name: string, verify: boolean): TimedContestant => ({
    ...{ name, units: transactions },
    work: async () => void bareScan({ ...whole, verify }),
  });
  const shard = (verify: VerifyLevel): TimedContestant => ({
    ...{ name: `shard, verify ${verify}`, units: transactions },
    work: async () => void (await runShard(archive, verify)),
  });
  const timed = await timeInterleaved(
    [
      bare('bare scan', false),
      shard('none'),
      shard('used'),
      bare('bare scan with digests', true),
      shard('all'),
    ],
    rounds,
  );
  printMachine(
    `${archive.name}, ${run.length} bytes, ${transactions} transactions, ${metadataDecoded} with metadata to look into; ${rounds} rounds`,
  );
  const [scan, none, used, digests, all] = timed;
  if (!scan || !none || !used || !digests || !all) throw new Error('five were measured');
  for (const one of [scan, none, used]) printTimed(one, 'tx', run.length, scan);
  for (const one of [digests, all]) printTimed(one, 'tx', run.length, digests);
}

const sample = await epoch127();
if (sample === undefined) console.log('skipped: epoch-127-dbin is missing');
else await measure(sample, 5);
await measure(await generatedBenchArchive(Number(values.megabytes)), Number(values.rounds));
