import type { JobEvent, SessionsJobReport, SessionsJobSpec } from '../model/job.ts';

/** Runs jobs, in a supervisor that was found running or in one that this command started. */
export interface JobClient {
  /** For people: which of the two. */
  readonly where: string;
  /** @throws {OperatingError} what ended the job; CANCELLED when the signal aborted. */
  run(
    spec: SessionsJobSpec,
    options: { readonly fresh: boolean; readonly onEvent: (event: JobEvent) => void },
    signal: AbortSignal,
  ): Promise<SessionsJobReport>;
  close(): Promise<void>;
}
