import assert from 'node:assert/strict';
import { availableParallelism, cpus } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

/** One way of doing the work, which may use threads; `units` says what its times are divided by. */
export interface TimedContestant {
  readonly name: string;
  readonly units: number;
  readonly work: () => Promise<void>;
}

export interface Timed {
  readonly name: string;
  readonly units: number;
  /** Milliseconds of the whole work. */
  readonly wallMs: number;
  /** CPU milliseconds of all threads, user and system. */
  readonly cpuMs: number;
}

/**
 * Runs every contestant once a round, so that a busy machine hurts all alike; medians. The first
 * round warms caches and compilers and does not count.
 */
export async function timeInterleaved(
  contestants: readonly TimedContestant[],
  rounds: number,
): Promise<Timed[]> {
  const wall = contestants.map((): number[] => []);
  const cpu = contestants.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { work }] of contestants.entries()) {
      // What the one before left behind would be cleared away at the expense of this one.
      assert(typeof collectGarbage === 'function');
      collectGarbage({ type: 'minor' });
      const cpuBefore = process.cpuUsage();
      const before = performance.now();
      await work();
      const elapsed = performance.now() - before;
      const { user, system } = process.cpuUsage(cpuBefore);
      if (round === 0) continue;
      wall[i]?.push(elapsed);
      cpu[i]?.push((user + system) / 1000);
    }
  }
  return contestants.map(({ name, units }, i) => ({
    ...{ name, units },
    wallMs: median(wall[i] ?? []),
    cpuMs: median(cpu[i] ?? []),
  }));
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

export function printMachine(input: string): void {
  const model = cpus()[0]?.model ?? '?';
  console.log(`machine   ${model}, ${availableParallelism()} cores, Node ${process.version}`);
  console.log(`input     ${input}`);
}

/** One line: time, speed and both ratios to the baseline. */
export function printTimed(timed: Timed, unit: string, bytes: number, baseline: Timed): void {
  const { name, units, wallMs, cpuMs } = timed;
  const perUnit = `${((cpuMs * 1e6) / units).toFixed(0).padStart(6)} ns/${unit} CPU`;
  const speed = `${(bytes / wallMs / 1000).toFixed(0).padStart(5)} MB/s`;
  const ratios = `CPU ${(cpuMs / baseline.cpuMs).toFixed(2)}, wall ${(wallMs / baseline.wallMs).toFixed(2)} x ${baseline.name}`;
  console.log(
    `${name.padEnd(34)} ${wallMs.toFixed(0).padStart(6)} ms  ${perUnit}  ${speed}  ${ratios}`,
  );
}
