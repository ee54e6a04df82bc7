import type {
  JobAudit,
  JobState,
  SessionsJobReport,
  SessionsJobSpec,
} from '../../src/model/job.ts';
import type { SessionResult } from '../../src/model/session-result.ts';
import type { ShardResult } from '../../src/model/worker-task.ts';
import { auditRange, isCovered } from './audit-range.ts';
import { awaitDeliveries } from './await-deliveries.ts';
import { findWindow } from './find-window.ts';
import { type FollowingSessions, followSessions } from './follow-sessions.ts';
import { HintLog } from './hint-log.ts';
import type { EmitJobEvent, JobContext } from './job-context.ts';
import type { OpenedJob } from './open-job.ts';
import { reportCompleteJob } from './report-complete-job.ts';
import { runRpc } from './run-rpc.ts';
import { runShards } from './run-shards.ts';
import type { SessionsRun } from './sessions-run.ts';
import { sessionsShards } from './sessions-shards.ts';
import { settleJob } from './settle-job.ts';
import { throwIfCancelled } from './throw-if-cancelled.ts';

/**
 * Runs a job to its end: find the window, read the shards, settle the sessions, wait for the deliveries, audit.
 * @throws {OperatingError} CANCELLED when `signal` aborted: the job stays unfinished and resumes when it is run again;
 * otherwise what ended the job, which is then marked as failed.
 */
export async function runSessionsJob(
  opened: OpenedJob<SessionsJobSpec>,
  context: JobContext,
  emit: EmitJobEvent,
  signal: AbortSignal,
): Promise<SessionsJobReport> {
  const startedAt = context.now();
  throwIfCancelled(signal);
  if (opened.alreadyComplete) return reportCompleteJob(opened, context);
  const { run, byRpc } = await readSessions({ ...opened, context, emit }, signal);
  const { scope } = run;
  throwIfCancelled(signal);
  const settled = await settleJob(run, signal);
  await awaitDeliveries(run, signal);
  const results = settled.map((result) => refreshed(result, context));
  await context.mirror()?.writeSessions(results, signal);
  const audit =
    byRpc === undefined ? auditRange(run.jobId, scope.range, context) : auditOfRpc(byRpc);
  const state = stateOf(results, audit);
  context.store.jobs.setState(opened.jobId, state, context.now());
  return {
    ...{ kind: 'sessions', jobId: opened.jobId, state, alreadyComplete: false, audit },
    ...{ source: scope.source, sourceReason: scope.reason },
    range: byRpc === undefined ? scope.range : null,
    sessions: results,
    counters: byRpc?.counters ?? context.store.shards.totals(opened.jobId).counters,
    undelivered: context.store.outbox.counts(opened.jobId, context.ingestTarget).dead,
    hints: hintsFor(results, context),
    elapsedMs: context.now() - startedAt,
  };
}

/** Brings the records of all that is asked for into the store. @returns what was read, with the outcome of RPC alone. */
async function readSessions(
  opened: FollowingSessions,
  signal: AbortSignal,
): Promise<{ readonly run: SessionsRun; readonly byRpc: ShardResult | undefined }> {
  const { spec, context, emit } = opened;
  if (spec.follow !== null) {
    const scope = await followSessions(opened, spec.follow, signal);
    return { run: { ...opened, scope }, byRpc: undefined };
  }
  const scope = await findWindow(spec, context, emit, signal);
  emit({ type: 'note', text: scope.reason });
  const run: SessionsRun = { ...opened, scope };
  if (scope.source === 'rpc') return { run, byRpc: await runRpc(run, signal) };
  await runShards(sessionsShards(run), signal);
  return { run, byRpc: undefined };
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

/** By RPC there is no range to cover; what could not be fetched is what lacks. */
function auditOfRpc(result: ShardResult): JobAudit {
  return { slots: 0, done: 0, skipped: 0, quarantined: result.quarantined, missing: [] };
}

function stateOf(results: readonly SessionResult[], audit: JobAudit): JobState {
  const whole = results.every((result) => result.state !== 'incomplete');
  return whole && isCovered(audit) ? 'complete' : 'holes';
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
