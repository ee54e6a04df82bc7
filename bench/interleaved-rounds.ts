import { availableParallelism, cpus } from 'node:os';

/** One way of doing the work; the first of a list is what the others are compared with. */
export interface Contestant {
  readonly name: string;
  readonly work: () => void;
}

export interface Measured {
  readonly name: string;
  /** CPU nanoseconds, user and system, per unit of work. */
  readonly median: number;
  readonly least: number;
}

/**
 * Runs every contestant once a round, so that a busy machine hurts all alike. The first rounds warm
 * caches and compilers and do not count.
 */
export function measureInterleaved(
  contestants: readonly Contestant[],
  units: number,
  rounds: number,
): Measured[] {
  const times = contestants.map((): number[] => []);
  const warmUps = 2;
  for (let round = -warmUps; round < rounds; round++) {
    for (const [i, { work }] of contestants.entries()) {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) times[i]?.push(((user + system) * 1000) / units);
    }
  }
  return contestants.map(({ name }, i) => {
    const sorted = [...(times[i] ?? [])].sort((a, b) => a - b);
    return { name, median: sorted[sorted.length >> 1] ?? 0, least: sorted[0] ?? 0 };
  });
}

/** Prints machine, input and one line a contestant with its ratio to the first. */
export function printMeasured(input: string, unit: string, measured: readonly Measured[]): void {
  const machine = `${cpus()[0]?.model ?? '?'}, ${availableParallelism()} cores`;
  console.log(`machine   ${machine}, Node ${process.version}`);
  console.log(`input     ${input}`);
  const first = measured[0]?.median ?? 1;
  for (const { name, median, least } of measured) {
    const ratio = `${(first / median).toFixed(2)} times as fast as the first`;
    console.log(
      `${name.padEnd(52)} ${median.toFixed(0).padStart(7)} ns/${unit}  least ${least.toFixed(0).padStart(7)}  ${ratio}`,
    );
  }
}
