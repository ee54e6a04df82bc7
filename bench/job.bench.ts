import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { BareScanThreads } from './bare-scan-threads.ts';
import { generatedBenchArchive } from './bench-archive.ts';
import { type BenchJobTimes, runBenchJobs } from './bench-job.ts';
import { median, printMachine, printTimed, type Timed, timeInterleaved } from './timed-rounds.ts';

/**
 * What the whole `sessions` job costs beside the bare scan of the same bytes, digests included, in as many threads;
 * and what a second worker gains. The threads of both have worked before; what starting them takes is told apart.
 * Usage: node --import tsx bench/job.bench.ts [--megabytes 1000] [--rounds 3]
 */

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
  },
});
const rounds = Number(values.rounds);
const archive = await generatedBenchArchive(Number(values.megabytes));
const { counters, sessions } = (await runBenchJobs(archive, 2)).sessions.report;
assert(sessions.length > 0 && sessions.every(({ delivered }) => delivered), 'files were delivered');

const one = new BareScanThreads(1);
const two = new BareScanThreads(2);
const jobs: Record<1 | 2, BenchJobTimes[]> = { 1: [], 2: [] };
const units = counters.transactions;
const jobIn = (threads: 1 | 2) => ({
  ...{ name: `jobs, ${threads}`, units },
  work: async () => void jobs[threads].push(await runBenchJobs(archive, threads)),
});
const [bare1, , bare2] = await timeInterleaved(
  [
    { name: 'bare scan, 1 thread', units, work: () => one.scan(archive) },
    jobIn(1),
    { name: 'bare scan, 2 threads', units, work: () => two.scan(archive) },
    jobIn(2),
  ],
  rounds,
);
await one.close();
await two.close();
assert(bare1 !== undefined && bare2 !== undefined);

/** The first round was a warm-up. */
function timedJob(threads: 1 | 2, kind: 'first' | 'sessions'): Timed {
  const counted = jobs[threads].slice(1).map((times) => times[kind]);
  const wallMs = median(counted.map((times) => times.wallMs));
  const cpuMs = median(counted.map((times) => times.cpuMs));
  const name = kind === 'first' ? 'with the start of the threads' : 'sessions job';
  return { name: `${name}, ${threads}`, units, wallMs, cpuMs };
}

const [job1, job2] = [timedJob(1, 'sessions'), timedJob(2, 'sessions')];
printMachine(
  `${archive.name}, ${archive.bytes} bytes, ${units} transactions, ${sessions.length} sessions delivered; ${rounds} rounds`,
);
for (const timed of [bare1, job1, timedJob(1, 'first')]) {
  printTimed(timed, 'tx', archive.bytes, bare1);
}
for (const timed of [bare2, job2, timedJob(2, 'first')]) {
  printTimed(timed, 'tx', archive.bytes, bare2);
}
console.log('goal: the sessions job at most 1.15 x the bare scan, wall and CPU');
console.log(
  `2 workers / 1: job ${(job1.wallMs / job2.wallMs).toFixed(2)}, bare scan ${(bare1.wallMs / bare2.wallMs).toFixed(2)} (goal: at least 1.8)`,
);
const trees = [...jobs[1], ...jobs[2]].slice(1);
const start = median(trees.map(({ startMs }) => startMs)).toFixed(0);
const stop = median(trees.map(({ stopMs }) => stopMs)).toFixed(0);
console.log(`besides: the tree starts in ${start} ms and stops in ${stop} ms`);
