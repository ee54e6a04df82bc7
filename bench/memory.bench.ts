import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generatedBenchArchive } from './bench-archive.ts';
import { runBenchJobs } from './bench-job.ts';
import { printMachine } from './timed-rounds.ts';

/**
 * The most memory that a process with the whole tree ever held while it ran sessions jobs over a small and a large
 * archive, with one worker and with two; what two take beyond one is what a worker takes.
 * Usage: node --import tsx bench/memory.bench.ts [--megabytes 1000]
 */

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1000' },
    /** Runs jobs in this process with so many workers and prints the peak in bytes: what the bench asks a child to do. */
    threads: { type: 'string' },
  },
});
const megabytes = Number(values.megabytes);

if (values.threads !== undefined) {
  await runBenchJobs(await generatedBenchArchive(megabytes), Number(values.threads));
  // Kilobytes on Linux.
  console.log(process.resourceUsage().maxRSS * 1024);
} else {
  printMachine(`generated archives of 50 and ${megabytes} MB; two jobs each, digests verified`);
  const peaks: number[][] = [];
  for (const size of [50, megabytes]) {
    await generatedBenchArchive(size);
    const [one = 0, two = 0] = [1, 2].map((threads) => peakOf(size, threads));
    peaks.push([one, two]);
    console.log(
      `${String(size).padStart(6)} MB: 1 worker ${inMegabytes(one)}, 2 workers ${inMegabytes(two)}, each worker about ${inMegabytes(two - one)}`,
    );
  }
  const [small, large] = peaks;
  assert(small !== undefined && large !== undefined);
  const growth = (large[0] ?? 0) / (small[0] ?? 1);
  console.log(
    `1 worker, ${megabytes} MB / 50 MB: ${growth.toFixed(2)} (goal: flat, whatever the range); 50 MB are one shard, so one worker reads them`,
  );
}

function peakOf(size: number, threads: number): number {
  const own = fileURLToPath(import.meta.url);
  const args = ['--import', 'tsx', own, '--megabytes', `${size}`, '--threads', `${threads}`];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim());
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
