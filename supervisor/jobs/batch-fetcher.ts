import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SlotRange } from '../../src/core/slot-range.ts';
import type { FetchBlocksResult, FetchedBatch } from '../../src/model/follow-task.ts';
import type { FollowSpec } from '../../src/model/job.ts';
import { type FollowGap, nextGap } from './follow-gap.ts';
import type { EmitJobEvent, JobContext } from './job-context.ts';
import { pause } from './pause.ts';
import { RetryForEver } from './retry-for-ever.ts';

/** A batch whose archive is written. */
export interface ReadyBatch extends FetchedBatch {
  /** Base folder of its archive. */
  readonly folder: string;
  /** Newest finalized slot when it was fetched. */
  readonly tip: number;
}

interface Following {
  readonly jobId: string;
  readonly follow: FollowSpec;
  readonly context: JobContext;
  readonly emit: EmitJobEvent;
}

/** Requests made for one call before the job hears of it; the job itself never gives up. */
const TRIES_MAX = 3;

/** Fetches the batches of one job in the order of the chain, each into a folder of its own. */
export class BatchFetcher {
  readonly #run: Following;
  readonly #folder: string;
  readonly #retry: RetryForEver;
  #batches = 0;

  constructor(run: Following, folder: string) {
    this.#run = run;
    this.#folder = folder;
    const deathsMax = run.context.shardTriesMax;
    this.#retry = new RetryForEver({ ...run, deathsMax, what: 'following the chain' });
  }

  /**
   * The batch behind `before`, which may still be under way, or behind all that is done. Waits at the tip.
   * @returns null when everything up to the job's end is done or under way.
   * @throws {OperatingError} CANCELLED; else what no further try can mend.
   */
  async next(before: ReadyBatch | null, signal: AbortSignal): Promise<ReadyBatch | null> {
    const { jobId, follow, context } = this.#run;
    const { shards } = context.store;
    for (;;) {
      const done: SlotRange[] = shards.doneRanges(jobId);
      if (before !== null) done.push(before.range);
      // A job that began at the tip stays where it began, also when nothing of it is done yet.
      const start = follow.start ?? shards.firstSlot(jobId) ?? before?.range.start ?? null;
      const gap = nextGap({ start, end: follow.end }, done);
      if (gap === null) return null;
      const folder = join(this.#folder, String(this.#batches++));
      const { tip, batch } = await this.#fetch({ gap, before, folder }, signal);
      if (batch !== null) return { ...batch, folder, tip };
      await pause(context.follow.pollMs, signal);
    }
  }

  async #fetch(
    { gap, before, folder }: WantedBatch,
    signal: AbortSignal,
  ): Promise<FetchBlocksResult> {
    const { follow, context } = this.#run;
    const triesMax = Math.min(TRIES_MAX, context.rpc.triesMax);
    const rpc = { ...context.rpc, url: follow.rpcUrl, triesMax };
    const previous = before !== null && before.range.end === gap.start ? before.last : null;
    const { batchSlots: slotsMax } = context.follow;
    const task = { type: 'fetch-blocks', rpc, ...gap, slotsMax, folder, previous } as const;
    return await this.#retry.run(() => {
      // What a thread that died had packed.
      rmSync(folder, { recursive: true, force: true });
      return context.pool.fetchBlocks(task, signal);
    }, signal);
  }
}

interface WantedBatch {
  readonly gap: FollowGap;
  readonly before: ReadyBatch | null;
  readonly folder: string;
}
