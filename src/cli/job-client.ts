import type { JobEvent, JobReportOf, JobSpec } from '../model/job.ts';

/** Runs jobs, in a supervisor that was found running or in one that this command started. */
export interface JobClient {
  /** For people: which of the two. */
  readonly where: string;
  /** @throws {OperatingError} what ended the job; CANCELLED when the signal aborted. */
  run<S extends JobSpec>(
    spec: S,
    options: { readonly fresh: boolean; readonly onEvent: (event: JobEvent) => void },
    signal: AbortSignal,
  ): Promise<JobReportOf<S>>;
  close(): Promise<void>;
}
