import type { SlotRange } from '../../src/core/slot-range.ts';
import type { FollowSpec } from '../../src/model/job.ts';
import type { SessionResult } from '../../src/model/session-result.ts';
import type { IqFilter } from '../../src/model/worker-task.ts';
import type { JobScope } from './find-window.ts';
import { followChain } from './follow-chain.ts';
import type { SessionsRun } from './sessions-run.ts';
import { sessionsShards } from './sessions-shards.ts';
import { settleFollowed } from './settle-job.ts';

/** A sessions job before it is known which slots it will have read. */
export type FollowingSessions = Omit<SessionsRun, 'scope'>;

/**
 * Follows the chain for uploads: after every batch what became whole is queued for delivery.
 * @returns the scope of the whole job once it has come to its end.
 * @throws {OperatingError} as `followChain`.
 */
export async function followSessions(
  run: FollowingSessions,
  follow: FollowSpec,
  signal: AbortSignal,
): Promise<JobScope> {
  const { jobId, spec, context, emit } = run;
  const filter = {
    ...spec.filter,
    sessions: [...new Set([...spec.filter.sessions, ...spec.targets])],
  };
  const awaited = new AwaitedDeliveries(run);
  const range = await followChain(
    {
      ...{ jobId, kind: spec.kind, follow, context, emit },
      shardsOf: ({ archive, range, emit }) =>
        sessionsShards({ ...run, emit, spec: { ...spec, archive }, scope: scopeOf(range, filter) }),
      settle: async (signal) => {
        const settled = await settleFollowed(run, signal);
        awaited.add(settled);
        const news = [...settled, ...awaited.takeDelivered()];
        if (news.length > 0) await context.mirror()?.writeSessions(news, signal);
      },
    },
    signal,
  );
  return scopeOf(range, filter);
}

function scopeOf(range: SlotRange, filter: IqFilter): JobScope {
  const reason = 'Following the finalized chain by RPC.';
  return { source: 'rpc', reason, range, filter, targets: [] };
}

/** Uploads on their way to the ingest endpoint, told when the store says that they have arrived. */
class AwaitedDeliveries {
  readonly #run: FollowingSessions;
  readonly #waiting = new Map<string, SessionResult>();

  constructor(run: FollowingSessions) {
    this.#run = run;
  }

  add(settled: readonly SessionResult[]): void {
    for (const result of settled) {
      const { session, state, delivered, finalize_signature } = result;
      const key = `${session} ${finalize_signature}`;
      if (state !== 'incomplete' && !delivered && this.#run.spec.outDir === null) {
        this.#waiting.set(key, result);
      } else this.#waiting.delete(key);
    }
  }

  takeDelivered(): SessionResult[] {
    const { context, emit } = this.#run;
    const arrived: SessionResult[] = [];
    for (const [key, { session, finalize_signature, bytes }] of this.#waiting) {
      const known = context.store.sessionResults.find(session);
      const now = known.find((one) => one.finalize_signature === finalize_signature);
      if (now !== undefined && !now.delivered) continue;
      this.#waiting.delete(key);
      if (now === undefined) continue;
      arrived.push(now);
      emit({ type: 'delivered', session, bytes });
    }
    return arrived;
  }
}
