import type { JobSpec } from '../../src/model/job.ts';
import type { Job } from '../../src/store/jobs.ts';
import type { Store } from '../../src/store/store.ts';

/** Quarantined slots and undelivered files shown with one job. */
const DETAILS_MAX = 100;

/** A job as lists show it. */
export function jobSummary(job: Job, store: Store) {
  const { shards, shardsDone, counters } = store.shards.totals(job.id);
  return {
    id: job.id,
    state: job.state,
    spec: shownSpec(job.spec),
    plan: job.plan,
    error: job.error,
    created_at: job.createdAt,
    updated_at: job.updatedAt,
    shards,
    shards_done: shardsDone,
    counters,
    quarantined: store.quarantine.count(job.id),
    undelivered: store.outbox.counts(job.id),
  };
}

/** The RPC address stays out: it often carries a key. */
function shownSpec(spec: JobSpec) {
  const follow = spec.follow === null ? null : { start: spec.follow.start, end: spec.follow.end };
  if (spec.kind !== 'sessions') return { ...spec, follow };
  const { rpcUrl: _, ...shown } = spec;
  return { ...shown, follow };
}

/** One job with what needs somebody's attention. */
export function jobDetails(job: Job, store: Store) {
  const undelivered = store.outbox.list(job.id, DETAILS_MAX).map((entry) => ({
    session: entry.session,
    target: entry.target,
    dead: entry.dead,
    attempts: entry.attempts,
    next_try_at: entry.nextTryAt,
    error: entry.error,
  }));
  return {
    ...jobSummary(job, store),
    quarantine: store.quarantine.list(job.id, DETAILS_MAX),
    outbox: undelivered,
    sessions: store.sessionResults.ofJob(job.id),
  };
}
