import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingError } from '../src/core/errors.ts';
import {
  isStillRunning,
  type ProcessRecord,
  readProcessRecord,
  removeProcessRecord,
} from './process-record.ts';

export interface OrphanOptions {
  readonly recordPath: string;
  /** Only a process that works on this folder is ours to end. */
  readonly dataDir: string;
  /** Time for an orderly end, and again for the end after SIGKILL. */
  readonly graceMs: number;
}

const POLL_MS = 20;

/**
 * Ends the child that a supervisor left behind when it was killed. It is ended rather than adopted:
 * its output went to the dead supervisor, and a fresh start takes less than a second.
 * A process that cannot be proven to be that child is left alone.
 * @returns the number of the process that was ended, or null when there was none.
 * @throws {OperatingError} CHILD_FAILED when it does not end.
 */
export async function endOrphan(
  options: OrphanOptions,
  signal: AbortSignal,
): Promise<number | null> {
  const record = readProcessRecord(options.recordPath);
  if (record === null) return null;
  const ours = record.dataDir === options.dataDir && isStillRunning(record);
  if (ours) {
    process.kill(record.pid, 'SIGTERM');
    if (!(await hasEnded(record, options.graceMs, signal))) {
      killGroup(record.pid);
      if (!(await hasEnded(record, options.graceMs, signal))) throw cannotEnd(record);
    }
  }
  removeProcessRecord(options.recordPath);
  return ours ? record.pid : null;
}

/** SIGKILL to a child and to everything in its process group, which no one else shares. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function hasEnded(
  record: ProcessRecord,
  graceMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  for (let waitedMs = 0; isStillRunning(record); waitedMs += POLL_MS) {
    if (waitedMs >= graceMs) return false;
    await sleep(POLL_MS, undefined, { signal });
  }
  return true;
}

function cannotEnd(record: ProcessRecord): OperatingError {
  return new OperatingError(
    'CHILD_FAILED',
    `ending process ${record.pid}, left behind on ${record.dataDir}: it still runs after SIGKILL`,
    { retryable: true, fields: { pid: record.pid, path: record.dataDir } },
  );
}
