import type { JobSpec } from '../../src/model/job.ts';
import type { JobContext } from './job-context.ts';

export interface OpenedJob<S extends JobSpec = JobSpec> {
  readonly jobId: string;
  readonly spec: S;
  /** An earlier run had finished it. */
  readonly alreadyComplete: boolean;
}

/** Finds or makes the job of a spec; one that ended with holes gets its quarantined slots tried again. */
export function openJob(spec: JobSpec, fresh: boolean, context: JobContext): OpenedJob {
  const { store, now } = context;
  const { job, before } = store.jobs.open(spec, { fresh, now: now() });
  if (before === 'holes') store.shards.retryQuarantined(job.id);
  return { jobId: job.id, spec, alreadyComplete: before === 'complete' };
}
