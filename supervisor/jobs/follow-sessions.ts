import type { SlotRange } from '../../src/core/slot-range.ts';
import type { FollowSpec } from '../../src/model/job.ts';
import type { SessionResult } from '../../src/model/session-result.ts';
import type { IqFilter } from '../../src/model/worker-task.ts';
import type { JobScope } from './find-window.ts';
import { followChain } from './follow-chain.ts';
import type { SessionsRun } from './sessions-run.ts';
import { sessionsShards } from './sessions-shards.ts';
import { isFollowedNews, settleFollowed } from './settle-job.ts';

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
  const news = new UploadNews(run);
  const range = await followChain(
    {
      ...{ jobId, kind: spec.kind, follow, context, emit },
      shardsOf: ({ archive, range, emit }) =>
        sessionsShards({ ...run, emit, spec: { ...spec, archive }, scope: scopeOf(range, filter) }),
      settle: async (signal) => {
        news.add(await settleFollowed(run, signal));
        await news.mirror(signal);
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

/**
 * What the mirror does not hold yet, and the uploads on their way to the ingest endpoint, told when the store says that
 * they have arrived. Deciding a session is not repeated, so what was decided is kept here until the mirror has taken it.
 */
class UploadNews {
  readonly #run: FollowingSessions;
  readonly #waiting = new Map<string, SessionResult>();
  #untold: SessionResult[] = [];

  /** An earlier run may have ended before the mirror took what it had decided, so all of it is told once more. */
  constructor(run: FollowingSessions) {
    this.#run = run;
    const { sessionResults } = run.context.store;
    this.add(sessionResults.ofJob(run.jobId).filter(isFollowedNews));
  }

  add(settled: readonly SessionResult[]): void {
    for (const result of settled) {
      this.#untold.push(result);
      const { session, state, delivered, finalize_signature } = result;
      const key = `${session} ${finalize_signature}`;
      if (state !== 'incomplete' && !delivered && this.#run.spec.outDir === null) {
        this.#waiting.set(key, result);
      } else this.#waiting.delete(key);
    }
  }

  /** @throws {OperatingError} SINK_UNREACHABLE (retryable), SINK_REFUSED: then it is all told by the next call. */
  async mirror(signal: AbortSignal): Promise<void> {
    this.#untold.push(...this.#takeDelivered());
    if (this.#untold.length === 0) return;
    await this.#run.context.mirror()?.writeSessions(this.#untold, signal);
    this.#untold = [];
  }

  #takeDelivered(): SessionResult[] {
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
