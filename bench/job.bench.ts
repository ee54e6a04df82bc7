import assert from 'node:assert/strict';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type BenchArchive, generatedBenchArchive } from './bench-archive.ts';
import { type JobTimes, runBenchJob } from './bench-job.ts';
import { median, printMachine, printTimed, type Timed, timeInterleaved } from './timed-rounds.ts';

/**
 * What the whole `sessions` job costs beside the bare scan of the same bytes, digests included, in as many threads;
 * and what a second worker gains. Threads are started anew for both, as they are for a command.
 * Usage: node --import tsx bench/job.bench.ts [--megabytes 1000] [--rounds 3]
 */

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
  },
});

async function bareScanIn(threads: number, archive: BenchArchive): Promise<void> {
  const { carPath: path, located } = archive;
  const { offsets } = located;
  const [run] = located.runs;
  assert(offsets !== null && run !== undefined && located.runs.length === 1);
  const end = run.offset + run.length;
  const cut = (part: number): number =>
    offsets[Math.round((offsets.length * part) / threads)] ?? end;
  await Promise.all(
    Array.from({ length: threads }, async (_, i) => {
      const workerData = { path, start: cut(i), end: cut(i + 1), verify: true };
      const worker = new Worker(new URL('./bare-scan.worker.ts', import.meta.url), { workerData });
      await once(worker, 'exit');
    }),
  );
}

const archive = await generatedBenchArchive(Number(values.megabytes));
const jobs = new Map<number, JobTimes[]>([
  [1, []],
  [2, []],
]);
const jobIn = async (threads: number): Promise<void> => {
  const times = await runBenchJob(archive, threads);
  assert.equal(times.report.state, 'complete');
  jobs.get(threads)?.push(times);
};
const { transactions } = (await runBenchJob(archive, 2)).report.counters;
const units = transactions;
const [bare1, , bare2] = await timeInterleaved(
  [
    { name: 'bare scan, 1 thread', units, work: () => bareScanIn(1, archive) },
    { name: 'job, 1 thread', units, work: () => jobIn(1) },
    { name: 'bare scan, 2 threads', units, work: () => bareScanIn(2, archive) },
    { name: 'job, 2 threads', units, work: () => jobIn(2) },
  ],
  Number(values.rounds),
);
assert(bare1 !== undefined && bare2 !== undefined);

/** The job alone, without the start and the stop of the tree; the first round was a warm-up. */
function timedJob(threads: number): Timed {
  const counted = (jobs.get(threads) ?? []).slice(1);
  const wallMs = median(counted.map(({ jobMs }) => jobMs));
  const cpuMs = median(counted.map(({ jobCpuMs }) => jobCpuMs));
  return { name: `job, ${threads} thread${threads > 1 ? 's' : ''}`, units, wallMs, cpuMs };
}

const [job1, job2] = [timedJob(1), timedJob(2)];
const last = jobs.get(2)?.at(-1);
const sessions = last?.report.sessions.length;
printMachine(
  `${archive.name}, ${archive.bytes} bytes, ${transactions} transactions, ${sessions} sessions; ${values.rounds} rounds`,
);
printTimed(bare1, 'tx', archive.bytes, bare1);
printTimed(job1, 'tx', archive.bytes, bare1);
printTimed(bare2, 'tx', archive.bytes, bare2);
printTimed(job2, 'tx', archive.bytes, bare2);
console.log('goal: the job at most 1.15 x the bare scan, wall and CPU');
console.log(
  `2 workers / 1: job ${(job1.wallMs / job2.wallMs).toFixed(2)}, bare scan ${(bare1.wallMs / bare2.wallMs).toFixed(2)} (goal: at least 1.8)`,
);
console.log(
  `besides the job: the tree starts in ${last?.startMs.toFixed(0)} ms and stops in ${last?.stopMs.toFixed(0)} ms`,
);
