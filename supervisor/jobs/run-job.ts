import type { JobReport } from '../../src/model/job.ts';
import type { EmitJobEvent, JobContext } from './job-context.ts';
import type { OpenedJob } from './open-job.ts';
import { runSessionsJob } from './sessions-job.ts';
import { runStatsJob } from './stats-job.ts';
import { runSwapsJob } from './swaps-job.ts';

/**
 * Runs a job of any kind to its end.
 * @throws {OperatingError} CANCELLED when `signal` aborted: the job stays unfinished and resumes when it is run again;
 * otherwise what ended the job, which is then to be marked as failed.
 */
export function runJob(
  opened: OpenedJob,
  context: JobContext,
  emit: EmitJobEvent,
  signal: AbortSignal,
): Promise<JobReport> {
  const { spec } = opened;
  switch (spec.kind) {
    case 'sessions':
      return runSessionsJob({ ...opened, spec }, context, emit, signal);
    case 'stats':
      return runStatsJob({ ...opened, spec }, context, emit, signal);
    case 'swaps':
      return runSwapsJob({ ...opened, spec }, context, emit, signal);
  }
}
