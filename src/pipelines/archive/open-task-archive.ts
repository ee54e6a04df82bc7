import { USER_AGENT } from '../../core/version.ts';
import type { ArchiveLocation, WorkerLimits } from '../../model/worker-task.ts';
import { type Archive, openArchive } from '../../sources/archive/archive.ts';

/** The archive of a task, with the task's bounds. */
export function openTaskArchive(
  location: ArchiveLocation,
  limits: Pick<WorkerLimits, 'httpConnectionsMax' | 'httpTimeoutMs' | 'httpTriesMax'>,
): Archive {
  return openArchive(location, {
    connectionsMax: limits.httpConnectionsMax,
    timeoutMs: limits.httpTimeoutMs,
    triesMax: limits.httpTriesMax,
    random: Math.random,
    userAgent: USER_AGENT,
  });
}
