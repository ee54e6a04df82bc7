import type { SlotRange } from '../../src/core/slot-range.ts';
import type { SessionsJobReport, SessionsJobSpec } from '../../src/model/job.ts';
import type { SessionResult } from '../../src/model/session-result.ts';
import { auditJob } from './audit.ts';
import { givenRange, isSessionAccount } from './find-window.ts';
import { finishedShards } from './finished-shards.ts';
import type { JobContext } from './job-context.ts';

/** The report of a job that an earlier run completed: what stands in the store, nothing is read or delivered. */
export function reportCompleteJob(
  { jobId, spec }: { readonly jobId: string; readonly spec: SessionsJobSpec },
  context: JobContext,
): SessionsJobReport {
  const { store } = context;
  const finished = finishedShards(jobId, context);
  const range = givenRange(spec) ?? coverOf(finished.map((shard) => shard.range));
  const { counters } = store.shards.totals(jobId);
  return {
    ...({ kind: 'sessions', jobId, range, counters } as const),
    state: 'complete',
    alreadyComplete: true,
    source: range === null || spec.follow !== null ? 'rpc' : 'archive',
    sourceReason: 'Nothing was read: an earlier run completed this job.',
    sessions: askedFor(spec, store.sessionResults.ofJob(jobId)),
    audit:
      range === null
        ? { slots: 0, done: 0, skipped: 0, quarantined: [], missing: [] }
        : auditJob(range, finished, []),
    undelivered: store.outbox.counts(jobId, context.ingestTarget).dead,
    hints: [],
    elapsedMs: 0,
  };
}

/**
 * The sessions that the first report listed. Which upload a signature in the middle of one belongs to is no longer
 * known; then all that the job read are listed.
 */
function askedFor(spec: SessionsJobSpec, results: readonly SessionResult[]): SessionResult[] {
  const asked = new Set<string | null>(spec.targets);
  const found = results.filter(
    ({ session, finalize_signature }) => asked.has(session) || asked.has(finalize_signature),
  );
  const all =
    asked.size === 0 ||
    !spec.targets.every((target) => isSessionAccount(target) || isEnd(target, found));
  return all ? [...results] : found;
}

function isEnd(signature: string, results: readonly SessionResult[]): boolean {
  return results.some(
    ({ session, finalize_signature }) => signature === session || signature === finalize_signature,
  );
}

function coverOf(ranges: readonly SlotRange[]): SlotRange | null {
  const first = ranges[0];
  const last = ranges.at(-1);
  return first === undefined || last === undefined ? null : { start: first.start, end: last.end };
}
