import type { ServiceNeed } from '../../supervisor/choose-services.ts';
import { requireSlot } from '../../supervisor/house.ts';
import { type Millrace, startMillrace } from '../../supervisor/start-millrace.ts';
import type { Config } from '../config/config.ts';
import type { JobEvent, JobReportOf, JobSpec } from '../model/job.ts';
import type { CliContext } from './cli-context.ts';
import type { JobClient } from './job-client.ts';
import { openCliLogger } from './open-cli-logger.ts';
import { RemoteSupervisor } from './remote-supervisor.ts';
import { reportOf } from './report-of.ts';

/** Uses the supervisor that answers on the API port, else starts the tree that one command needs. */
export async function openJobClient(
  config: Config,
  need: ServiceNeed,
  context: CliContext,
): Promise<JobClient> {
  const remote = new RemoteSupervisor(config);
  if (await remote.answers(context.signal)) {
    context.note(`using ${remote.where}`);
    return remote;
  }
  // At a terminal the screen tells the story; the log is for what needs attention.
  const logger = openCliLogger(config, 'warn');
  const millrace = await startMillrace(
    { config, logger, need, resumeJobs: false, onEvent: () => {} },
    context.signal,
  );
  return new LocalMillrace(millrace, context.atOnce);
}

/** Jobs in a tree of this process, which ends with the command. */
export class LocalMillrace implements JobClient {
  readonly where = 'this process';
  readonly #millrace: Millrace;
  readonly #atOnce: AbortSignal;

  constructor(millrace: Millrace, atOnce: AbortSignal) {
    this.#millrace = millrace;
    this.#atOnce = atOnce;
  }

  async run<S extends JobSpec>(
    spec: S,
    options: { readonly fresh: boolean; readonly onEvent: (event: JobEvent) => void },
    signal: AbortSignal,
  ): Promise<JobReportOf<S>> {
    const jobs = requireSlot(this.#millrace.house.slots.jobs, 'the jobs actor');
    const job = jobs.start(spec, options.fresh);
    const stopWatching = jobs.watch(job.opened.jobId, { event: options.onEvent, end: () => {} });
    const interrupt = (): void => job.abort.abort();
    signal.addEventListener('abort', interrupt, { once: true });
    if (signal.aborted) interrupt();
    try {
      return reportOf(spec, await job.ended);
    } finally {
      signal.removeEventListener('abort', interrupt);
      stopWatching?.();
    }
  }

  async close(): Promise<void> {
    await this.#millrace.stop(this.#atOnce);
  }
}
