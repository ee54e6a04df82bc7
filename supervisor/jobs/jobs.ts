import { errorFacts, OperatingError } from '../../src/core/errors.ts';
import type { JobEvent, JobReport, JobSpec } from '../../src/model/job.ts';
import { jobIdOf } from '../../src/store/job-identity.ts';
import type { JobsPort, JobWatcher } from '../api/api-context.ts';
import type { JobContext } from './job-context.ts';
import { type OpenedJob, openJob } from './open-job.ts';
import { runJob } from './run-job.ts';
import { FETCHERS_MAX } from './worker-pool.ts';

/** Jobs that may wait; one more is refused. */
const WAITING_MAX = 100;
/** Reports kept for whoever asks after the job has ended. */
const REPORTS_MAX = 100;

interface RunningJob {
  readonly opened: OpenedJob;
  readonly abort: AbortController;
  readonly watchers: Set<JobWatcher>;
  readonly ended: Promise<JobReport>;
}

/**
 * Runs jobs one after another, because each of them uses every worker. Jobs that follow the chain never end by
 * themselves and mostly wait, so they run beside the others. Starting a job that is running joins it.
 * A job that the supervisor's end interrupts stays unfinished in the store; `resume` takes it up again.
 */
export class Jobs implements JobsPort {
  readonly #context: JobContext;
  readonly #jobs = new Map<string, RunningJob>();
  readonly #reports = new Map<string, JobReport>();
  #tail: Promise<unknown> = Promise.resolve();
  #draining = false;

  constructor(context: JobContext) {
    this.#context = context;
  }

  /** Takes up what an earlier supervisor did not finish. @returns how many jobs. */
  resume(): number {
    let resumed = 0;
    for (const job of this.#context.store.jobs.unfinished()) {
      if (this.#refusal(job.spec) !== null) {
        this.#context.logger.warn({ job: job.id }, `too many jobs: ${job.id} stays unfinished`);
        continue;
      }
      // The outcome stands in the store, and nobody waits for this promise.
      this.start(job.spec, false).ended.catch(() => {});
      resumed++;
    }
    return resumed;
  }

  async submit(spec: JobSpec, options: { readonly fresh: boolean }): Promise<{ jobId: string }> {
    const { opened, ended } = this.start(spec, options.fresh);
    // Failures are told to watchers and kept in the store.
    ended.catch(() => {});
    return { jobId: opened.jobId };
  }

  /** @throws {OperatingError} CANCELLED while stopping, USAGE when too many jobs wait. */
  start(spec: JobSpec, fresh: boolean): RunningJob {
    if (this.#draining) throw stopping();
    // Before it is opened: a fresh start would take the ground from under the run that goes on.
    const known = this.#jobs.get(jobIdOf(spec));
    if (known !== undefined) return known;
    const refusal = this.#refusal(spec);
    if (refusal !== null) throw refusal;
    const opened = openJob(spec, fresh, this.#context);
    this.#reports.delete(opened.jobId);
    const abort = new AbortController();
    const watchers = new Set<JobWatcher>();
    const emit = (event: JobEvent): void => {
      for (const watcher of watchers) watcher.event(event);
    };
    const run = () => this.#run(opened, { emit, watchers }, abort.signal);
    const ended = spec.follow === null ? this.#tail.then(run) : Promise.resolve().then(run);
    if (spec.follow === null) this.#tail = ended.catch(() => {});
    const job = { opened, abort, watchers, ended };
    this.#jobs.set(opened.jobId, job);
    this.#context.metrics.jobs.set(this.#jobs.size);
    return job;
  }

  cancel(jobId: string): boolean {
    const job = this.#jobs.get(jobId);
    if (job === undefined) return false;
    job.abort.abort(new OperatingError('CANCELLED', 'cancelled by its user', { retryable: false }));
    return true;
  }

  async retry(jobId: string): Promise<{ readonly slots: number; readonly deliveries: number }> {
    const { store, delivery, now } = this.#context;
    const deliveries = store.outbox.revive(jobId, now());
    delivery.wake();
    const slots = store.quarantine.count(jobId);
    const job = store.jobs.find(jobId);
    if (job !== undefined && job.state !== 'running') await this.submit(job.spec, { fresh: false });
    return { slots, deliveries };
  }

  watch(jobId: string, watcher: JobWatcher): (() => void) | undefined {
    const job = this.#jobs.get(jobId);
    const report = this.#reports.get(jobId);
    if (job === undefined && report === undefined) return undefined;
    if (job === undefined) {
      queueMicrotask(() => watcher.end(report ?? null));
      return () => {};
    }
    job.watchers.add(watcher);
    return () => job.watchers.delete(watcher);
  }

  /** Takes no more jobs and lets running shards stop between two slots; resolves when nothing runs. */
  async drain(): Promise<void> {
    this.#draining = true;
    const jobs = [...this.#jobs.values()];
    for (const job of jobs) job.abort.abort();
    await Promise.allSettled(jobs.map(({ ended }) => ended));
  }

  /** Why one more job of this spec cannot be taken, or null. */
  #refusal(spec: JobSpec): OperatingError | null {
    const jobs = [...this.#jobs.values()];
    const following = jobs.filter(({ opened }) => opened.spec.follow !== null).length;
    if (spec.follow !== null) return following < FETCHERS_MAX ? null : tooMany(FETCHERS_MAX);
    return jobs.length - following < WAITING_MAX ? null : tooMany(WAITING_MAX);
  }

  #keep(report: JobReport): void {
    this.#reports.delete(report.jobId);
    this.#reports.set(report.jobId, report);
    const [oldest] = this.#reports.keys();
    if (this.#reports.size > REPORTS_MAX && oldest !== undefined) this.#reports.delete(oldest);
  }

  async #run(
    opened: OpenedJob,
    audience: { readonly emit: (event: JobEvent) => void; readonly watchers: Set<JobWatcher> },
    signal: AbortSignal,
  ): Promise<JobReport> {
    const { store, logger, now, metrics } = this.#context;
    let report: JobReport | null = null;
    try {
      report = await runJob(opened, this.#context, audience.emit, signal);
      this.#keep(report);
      return report;
    } catch (error) {
      const byUser = signal.reason instanceof OperatingError;
      if (byUser) store.jobs.setState(opened.jobId, 'cancelled', now());
      else if (!signal.aborted) {
        const facts = errorFacts(error);
        store.jobs.setState(opened.jobId, 'failed', now(), facts);
        // Whoever waits for the job gets the error itself; the log tells those who do not.
        logger.info({ job: opened.jobId, code: facts.code }, `job failed: ${facts.message}`);
      }
      throw error;
    } finally {
      this.#jobs.delete(opened.jobId);
      metrics.jobs.set(this.#jobs.size);
      for (const watcher of audience.watchers) watcher.end(report);
    }
  }
}

function stopping(): OperatingError {
  return new OperatingError('CANCELLED', 'the supervisor is stopping; start the job again later', {
    retryable: true,
  });
}

function tooMany(max: number): OperatingError {
  return new OperatingError(
    'USAGE',
    `starting a job: expected fewer than ${max} that wait or follow the chain`,
    { retryable: true },
  );
}
