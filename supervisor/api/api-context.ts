import type { Logger } from 'pino';
import type { JobEvent, JobReport, JobSpec } from '../../src/model/job.ts';
import type { Metrics } from '../../src/ops/metrics.ts';
import type { PoolQueries } from '../../src/sinks/pool-queries.ts';
import type { Store } from '../../src/store/store.ts';
import type { ChildSnapshot } from '../child-spec.ts';

/** Told what a running job does; `end` is the last call and comes once. */
export interface JobWatcher {
  event(event: JobEvent): void;
  /** Null when the job ended without a report, as a cancelled or failed one does. */
  end(report: JobReport | null): void;
}

/** What the routes may ask of the jobs actor. */
export interface JobsPort {
  /** @throws {OperatingError} USAGE or CONFIG when the spec cannot be run. */
  submit(spec: JobSpec, options: { readonly fresh: boolean }): Promise<{ jobId: string }>;
  /** False when the job is not running. */
  cancel(jobId: string): boolean;
  /** Runs a job's quarantined slots and dead deliveries again. */
  retry(jobId: string): Promise<{ readonly slots: number; readonly deliveries: number }>;
  /** Undefined when the job is not running; else a function that ends the watch. */
  watch(jobId: string, watcher: JobWatcher): (() => void) | undefined;
}

/** Everything the HTTP routes depend on; they know no actor and no configuration. */
export interface ApiContext {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly jobs: JobsPort;
  /** @throws {OperatingError} CHILD_FAILED (retryable) while there is no ClickHouse. */
  readonly pools: () => PoolQueries;
  /** Children of the root, as `/health` shows them. */
  readonly children: () => readonly ChildSnapshot[];
  /** True once everything that must run does. */
  readonly ready: () => boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Folder the ingest backend writes files to. */
  readonly ingestDir: string;
}
