import { OperatingError } from '../../src/core/errors.ts';
import type {
  JobAudit,
  JobState,
  SessionsJobReport,
  SessionsJobSpec,
} from '../../src/model/job.ts';
import type { SessionResult } from '../../src/model/session-result.ts';
import type { ShardResult } from '../../src/model/worker-task.ts';
import { auditJob } from './audit.ts';
import { awaitDeliveries } from './await-deliveries.ts';
import { findWindow } from './find-window.ts';
import { finishedShards } from './finished-shards.ts';
import { HintLog } from './hint-log.ts';
import type { EmitJobEvent, JobContext } from './job-context.ts';
import { reportCompleteJob } from './report-complete-job.ts';
import { runRpc } from './run-rpc.ts';
import { runShards, type ShardRun } from './run-shards.ts';
import { settleJob } from './settle-job.ts';

/** Quarantined slots that a report lists. */
const QUARANTINE_LISTED_MAX = 1000;

export interface OpenedJob {
  readonly jobId: string;
  readonly spec: SessionsJobSpec;
  /** An earlier run had finished it. */
  readonly alreadyComplete: boolean;
}

/** Finds or makes the job of a spec; one that ended with holes gets its quarantined slots tried again. */
export function openJob(spec: SessionsJobSpec, fresh: boolean, context: JobContext): OpenedJob {
  const { store, now } = context;
  const { job, before } = store.jobs.open(spec, { fresh, now: now() });
  if (before === 'holes') store.shards.retryQuarantined(job.id);
  return { jobId: job.id, spec, alreadyComplete: before === 'complete' };
}

/**
 * Runs a job to its end: find the window, read the shards, settle the sessions, wait for the deliveries, audit.
 * @throws {OperatingError} CANCELLED when `signal` aborted: the job stays unfinished and resumes when it is run again;
 * otherwise what ended the job, which is then marked as failed.
 */
export async function runSessionsJob(
  opened: OpenedJob,
  context: JobContext,
  emit: EmitJobEvent,
  signal: AbortSignal,
): Promise<SessionsJobReport> {
  const startedAt = context.now();
  throwIfCancelled(signal);
  if (opened.alreadyComplete) return reportCompleteJob(opened, context);
  const scope = await findWindow(opened.spec, context, emit, signal);
  emit({ type: 'note', text: scope.reason });
  const run: ShardRun = { ...opened, scope, context, emit };
  const byRpc = scope.source === 'rpc' ? await runRpc(run, signal) : undefined;
  if (scope.source === 'archive') await runShards(run, signal);
  throwIfCancelled(signal);
  const settled = await settleJob(run, signal);
  await awaitDeliveries(run, signal);
  const results = settled.map((result) => refreshed(result, context));
  await context.mirror()?.writeSessions(results, signal);
  const audit = byRpc === undefined ? auditOf(run) : auditOfRpc(byRpc);
  const state = stateOf(results, audit);
  context.store.jobs.setState(opened.jobId, state, context.now());
  return {
    ...{ jobId: opened.jobId, state, alreadyComplete: false, audit },
    ...{ source: scope.source, sourceReason: scope.reason },
    range: scope.source === 'archive' ? scope.range : null,
    sessions: results,
    counters: byRpc?.counters ?? context.store.shards.totals(opened.jobId).counters,
    undelivered: context.store.outbox.counts(opened.jobId, context.ingestTarget).dead,
    hints: hintsFor(results, context),
    elapsedMs: context.now() - startedAt,
  };
}

function throwIfCancelled(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new OperatingError('CANCELLED', 'the job was interrupted; running it again resumes it', {
    retryable: true,
  });
}

/** A result as it stands after delivery. */
function refreshed(result: SessionResult, { store }: JobContext): SessionResult {
  if (result.state === 'incomplete') return result;
  const now = store.sessionResults
    .find(result.session)
    .find(
      ({ sha256, finalize_signature }) =>
        sha256 === result.sha256 && finalize_signature === result.finalize_signature,
    );
  return now ?? result;
}

function auditOf({ context, jobId, scope }: ShardRun): JobAudit {
  const { store } = context;
  const quarantined = store.quarantine.list(jobId, QUARANTINE_LISTED_MAX);
  return auditJob(scope.range, finishedShards(jobId, context), quarantined);
}

/** By RPC there is no range to cover; what could not be fetched is what lacks. */
function auditOfRpc(result: ShardResult): JobAudit {
  return { slots: 0, done: 0, skipped: 0, quarantined: result.quarantined, missing: [] };
}

function stateOf(results: readonly SessionResult[], audit: JobAudit): JobState {
  const whole = results.every((result) => result.state !== 'incomplete');
  const covered = audit.missing.length === 0 && audit.quarantined.length === 0;
  return whole && covered ? 'complete' : 'holes';
}

function hintsFor(results: readonly SessionResult[], context: JobContext): string[] {
  const incomplete = new Set(
    results.filter(({ state }) => state === 'incomplete').map(({ session }) => session),
  );
  const hints = new HintLog(context.hintsPath).read().filter((one) => incomplete.has(one.session));
  return hints.map(
    ({ session, totalMissing, range }) =>
      `session ${session} lacks ${totalMissing} chunks: npx millrace sessions repair reads slots ${range.start}:${range.end - 1}`,
  );
}
