import type { SessionsJobSpec } from '../../src/model/job.ts';
import type { JobScope } from './find-window.ts';
import type { EmitJobEvent, JobContext } from './job-context.ts';

/** A sessions job on its way, once it is known what it reads. */
export interface SessionsRun {
  readonly jobId: string;
  readonly spec: SessionsJobSpec;
  readonly scope: JobScope;
  readonly context: JobContext;
  readonly emit: EmitJobEvent;
}
