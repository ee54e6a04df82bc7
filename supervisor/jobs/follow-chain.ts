import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SlotRange } from '../../src/core/slot-range.ts';
import type { FollowSpec, JobSpec } from '../../src/model/job.ts';
import { NO_COUNTERS } from '../../src/model/shard-counters.ts';
import type { ArchiveLocation } from '../../src/model/worker-task.ts';
import { BatchFetcher, type ReadyBatch } from './batch-fetcher.ts';
import { followedRange } from './follow-gap.ts';
import type { EmitJobEvent, JobContext } from './job-context.ts';
import { RetryForEver } from './retry-for-ever.ts';
import { commitShard, runShards, type ShardRun } from './run-shards.ts';
import { throwIfCancelled } from './throw-if-cancelled.ts';

/** The slots of one batch and the archive that holds exactly these. */
export interface BatchSource {
  readonly archive: ArchiveLocation;
  readonly range: SlotRange;
  readonly emit: EmitJobEvent;
}

/** A job that follows the chain; what its kind does with the slots is said by the two functions. */
export interface FollowRun {
  readonly jobId: string;
  readonly kind: JobSpec['kind'];
  readonly follow: FollowSpec;
  readonly context: JobContext;
  readonly emit: EmitJobEvent;
  readonly shardsOf: (batch: BatchSource) => ShardRun;
  /** Called when the shards of a batch are done, before they are forgotten; null: nothing is left to do then. */
  readonly settle: ((signal: AbortSignal) => Promise<void>) | null;
}

/**
 * Follows the chain batch by batch: fetch blocks, read them as shards of a small archive, checkpoint, settle, forget
 * the archive. The next batch is fetched meanwhile. Slots that are done already are not fetched again, so it goes on
 * where it was stopped. What an endpoint or a sink may do better later is tried again for ever.
 * @returns the slots of the whole job, once all up to its end are done.
 * @throws {OperatingError} CANCELLED when `signal` aborted; else what ended the job for good.
 */
export async function followChain(run: FollowRun, signal: AbortSignal): Promise<SlotRange> {
  const { jobId, context } = run;
  const folder = join(context.follow.folder, jobId);
  // What a killed process had begun to pack.
  rmSync(folder, { recursive: true, force: true });
  const fetcher = new BatchFetcher(run, folder);
  context.followers.add(jobId);
  try {
    let batch = await fetcher.next(null, signal);
    while (batch !== null) batch = await finishAndFetch(run, { batch, fetcher }, signal);
    return followedRange(run.follow);
  } finally {
    context.followers.delete(jobId);
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Underway {
  readonly batch: ReadyBatch;
  readonly fetcher: BatchFetcher;
}

/** Reads one batch while the next is fetched; a failure of either ends the other. */
async function finishAndFetch(
  run: FollowRun,
  { batch, fetcher }: Underway,
  signal: AbortSignal,
): Promise<ReadyBatch | null> {
  const scope = new AbortController();
  const both = AbortSignal.any([signal, scope.signal]);
  const finished = finishBatch(run, batch, both);
  const fetched = fetcher.next(batch, both);
  try {
    const [, next] = await Promise.all([finished, fetched]);
    return next;
  } finally {
    scope.abort();
    await Promise.allSettled([finished, fetched]);
  }
}

async function finishBatch(run: FollowRun, batch: ReadyBatch, signal: AbortSignal): Promise<void> {
  const { jobId, context, emit } = run;
  const { range, tip, folder } = batch;
  const retry = new RetryForEver({ context, emit, what: `slots ${range.start}:${range.end - 1}` });
  await retry.run(async () => {
    if (batch.slotsPresent === 0) commitSkipped(run, range);
    else
      await runShards(
        run.shardsOf({ range, archive: archiveIn(folder), emit: quiet(emit) }),
        signal,
      );
    throwIfCancelled(signal);
    await run.settle?.(signal);
  }, signal);
  context.store.shards.joinDone(jobId, context.shardSlotsMax);
  rmSync(folder, { recursive: true, force: true });
  const slot = range.end - 1;
  context.metrics.followLag.set({ kind: run.kind }, Math.max(0, tip - slot));
  emit({ type: 'followed', slot, tip });
}

/** Nothing is to be read of slots that the chain skipped: their checkpoint says so. */
function commitSkipped({ jobId, context, emit }: FollowRun, range: SlotRange): void {
  const { shards } = context.store;
  if (shards.doneRanges(jobId).some(({ start, end }) => start <= range.start && end >= range.end)) {
    return;
  }
  shards.plan(jobId, [{ range, slotsPresent: 0, bytes: 0 }]);
  const slotsSkipped = range.end - range.start;
  for (const { id } of shards.pending(jobId, 1)) {
    const counters = { ...NO_COUNTERS, slotsSkipped };
    const result = {
      type: 'shard',
      shardId: id,
      outcome: 'done',
      counters,
      quarantined: [],
    } as const;
    commitShard({ jobId, context, emit }, result);
  }
}

/** Plans and shards of single batches are too small to be told. */
function quiet(emit: EmitJobEvent): EmitJobEvent {
  return (event) => {
    if (event.type !== 'planned' && event.type !== 'progress') emit(event);
  };
}

function archiveIn(folder: string): ArchiveLocation {
  return {
    ...{ carBase: folder, indexBase: folder, cacheDir: null },
    ...{ network: 'mainnet', forceLegacyIndex: false },
  };
}
