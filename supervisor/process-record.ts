import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * A child process as a file, so that a later supervisor can tell whether a process of that number
 * is still the same one. A number alone proves nothing: the system gives it to others later.
 */
const recordSchema = z.object({
  pid: z.int().positive(),
  /** Start time in clock ticks since boot, as `/proc/<pid>/stat` has it. */
  startTicks: z.string(),
  /** The folder whose state the process works on; stands in its command line. */
  dataDir: z.string().min(1),
});

export type ProcessRecord = z.infer<typeof recordSchema>;

/** What the system knows of a running process; null where there is none, or no `/proc`. */
export interface ProcessFacts {
  readonly startTicks: string;
  readonly args: readonly string[];
}

/** Fields of `/proc/<pid>/stat` counted after the command's closing parenthesis; proc(5) numbers them 3 and 22. */
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;

export function readProcessFacts(pid: number): ProcessFacts | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTicks = fields[START_TIME_FIELD];
    // A zombie has ended: it only waits for its parent to hear of it.
    if (startTicks === undefined || fields[STATE_FIELD] === 'Z') return null;
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return { startTicks, args };
  } catch {
    return null;
  }
}

/** True when the recorded process still runs: same number, same start, and our data folder in its command line. */
export function isStillRunning(record: ProcessRecord): boolean {
  const facts = readProcessFacts(record.pid);
  if (facts === null || facts.startTicks !== record.startTicks) return false;
  return facts.args.some((argument) => argument.includes(record.dataDir));
}

export function writeProcessRecord(path: string, record: ProcessRecord): void {
  writeFileSync(`${path}.tmp`, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** The record, or null when there is none that can be believed. */
export function readProcessRecord(path: string): ProcessRecord | null {
  try {
    return recordSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data ?? null;
  } catch {
    return null;
  }
}

export function removeProcessRecord(path: string): void {
  rmSync(path, { force: true });
}
