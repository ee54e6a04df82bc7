import assert from 'node:assert/strict';
import { errorFacts, errorText } from '../../src/core/errors.ts';
import { type SlotRange, subtractRanges } from '../../src/core/slot-range.ts';
import { addCounters, NO_COUNTERS } from '../../src/model/shard-counters.ts';
import type { StatsShardTask } from '../../src/model/stats-task.ts';
import type { SwapsShardTask } from '../../src/model/swaps-task.ts';
import type {
  ArchiveLocation,
  RecordBatch,
  SessionsShardTask,
  ShardCounters,
  ShardResult,
} from '../../src/model/worker-task.ts';
import type { Shard } from '../../src/store/shards.ts';
import { dispatch } from './dispatch.ts';
import type { EmitJobEvent, JobContext } from './job-context.ts';
import { planRange } from './plan-range.ts';
import { countSwaps } from './swap-metrics.ts';
import { requestCancel } from './worker-pool.ts';

/** Pending shards taken from the store at once; a job of all epochs has some ten thousand. */
const SHARDS_MAX = 1_000_000;
const BACKOFF = { firstMs: 500, maxMs: 30_000 };

/** What the shards of one job are; how they are planned, tried again and marked done is the same for every kind. */
export interface ShardRun {
  readonly jobId: string;
  readonly archive: ArchiveLocation;
  readonly range: SlotRange;
  readonly context: JobContext;
  readonly emit: EmitJobEvent;
  readonly taskOf: (shard: Shard) => SessionsShardTask | StatsShardTask | SwapsShardTask;
  /** Takes what one try of a shard finds. */
  readonly openIntake: () => ShardIntake;
}

/** Of shards whose worker brings everything to its sink itself before it ends. */
export const NOTHING_TO_TAKE: ShardIntake = {
  take: () => assert.fail('this kind of shard hands over no records'),
  finish: () => Promise.resolve(),
};

export interface ShardIntake {
  /** Resolves when the batch is durable. */
  take(batch: RecordBatch): Promise<void>;
  /** Called when the shard was read to its end; resolves when nothing of it lacks in any sink. */
  finish(signal: AbortSignal): Promise<void>;
}

/**
 * Plans what is not done yet and reads it, shard by shard. A shard is marked done after its intake has finished, so
 * that every sink holds what it found. When `signal` aborts, running shards stop between two slots.
 */
export async function runShards(run: ShardRun, signal: AbortSignal): Promise<void> {
  const { jobId, context } = run;
  await planPending(run, signal);
  const progress = new JobProgress(run);
  await dispatch<Shard>(
    {
      items: context.store.shards.pending(jobId, SHARDS_MAX),
      // One more than there are threads: a worker reads on while what it has read is made durable.
      concurrency: context.threads + 1,
      triesMax: context.shardTriesMax,
      backoff: BACKOFF,
      random: context.random,
      run: (shard) => runShard(run, { shard, progress }, signal),
      onRetry: (shard, error, attempt) => {
        context.store.shards.noteFailure(shard.id, errorFacts(error));
        context.metrics.shards.inc({ outcome: 'retried' });
        const text = `slots ${shard.range.start}:${shard.range.end - 1}, try ${attempt}: ${errorText(error)}; trying again`;
        run.emit({ type: 'warning', text });
      },
    },
    signal,
  );
}

async function planPending(
  { jobId, archive, range: whole, context, emit }: ShardRun,
  signal: AbortSignal,
): Promise<void> {
  const { store } = context;
  const left = subtractRanges(whole, store.shards.doneRanges(jobId));
  const plans = [];
  for (const range of left) plans.push(await planRange(archive, range, context, signal));
  for (const text of new Set(plans.flatMap((plan) => plan.notes))) emit({ type: 'note', text });
  store.shards.plan(
    jobId,
    plans.flatMap((plan) => plan.shards),
  );
  const plan = {
    slotsPresent: sum(plans.map(({ slotsPresent }) => slotsPresent)),
    slotsSkipped: sum(plans.map(({ slotsSkipped }) => slotsSkipped)),
    bytes: plans.some(({ bytes }) => bytes < 0) ? -1 : sum(plans.map(({ bytes }) => bytes)),
  };
  const { shards, shardsDone } = store.shards.totals(jobId);
  // A job that is taken up again plans what is left of it; what is remembered is the plan of the whole.
  if (shardsDone === 0) store.jobs.setPlan(jobId, plan, context.now());
  const locators = plans.flatMap((one) => one.locators);
  emit({ type: 'planned', jobId, shards, shardsDone, ...plan, locators });
}

interface RunningShard {
  readonly shard: Shard;
  readonly progress: JobProgress;
}

async function runShard(run: ShardRun, running: RunningShard, signal: AbortSignal): Promise<void> {
  const { context } = run;
  const { shard, progress } = running;
  const task = run.taskOf(shard);
  const intake = run.openIntake();
  const cancel = (): void => requestCancel(task);
  signal.addEventListener('abort', cancel, { once: true });
  const stopTimer = context.metrics.shardSeconds.startTimer();
  try {
    if (signal.aborted) return;
    const result = await context.pool.runShard(task, {
      onBatch: (batch) => intake.take(batch),
      onProgress: (counters) => progress.update(shard.id, counters),
      onWarning: (text) => run.emit({ type: 'warning', text }),
    });
    if (result.outcome === 'cancelled') return;
    await intake.finish(signal);
    commitShard(run, result);
    progress.finish(shard.id, result.counters);
    stopTimer();
  } finally {
    signal.removeEventListener('abort', cancel);
    progress.forget(shard.id);
  }
}

/** The checkpoint of a shard, in the store and in the metrics. */
export function commitShard(
  { jobId, context, emit }: Pick<ShardRun, 'jobId' | 'context' | 'emit'>,
  result: ShardResult,
): void {
  const { counters, quarantined, shardId } = result;
  context.store.shards.commit({ job: jobId, shard: shardId, counters, quarantined });
  for (const { slot, error } of quarantined) {
    emit({ type: 'warning', text: `slot ${slot} goes to quarantine: ${error.message}` });
  }
  const { metrics } = context;
  metrics.shards.inc({ outcome: 'done' });
  metrics.slots.inc({ outcome: 'done' }, counters.slotsDone);
  metrics.slots.inc({ outcome: 'skipped' }, counters.slotsSkipped);
  metrics.slots.inc({ outcome: 'quarantined' }, quarantined.length);
  metrics.transactions.inc({ kind: 'vote' }, counters.votes);
  metrics.transactions.inc({ kind: 'other' }, counters.transactions - counters.votes);
  metrics.readBytes.inc(counters.bytesRead);
  metrics.ignoredInstructions.inc(counters.instructionsIgnored);
  countSwaps(metrics, counters.tallies);
}

/** Sums finished and running shards into one picture. */
class JobProgress {
  readonly #run: ShardRun;
  readonly #running = new Map<number, ShardCounters>();
  #shards: number;
  #shardsDone: number;
  #done: ShardCounters;

  constructor(run: ShardRun) {
    this.#run = run;
    const totals = run.context.store.shards.totals(run.jobId);
    this.#shards = totals.shards;
    this.#shardsDone = totals.shardsDone;
    this.#done = totals.counters;
  }

  update(shard: number, counters: ShardCounters): void {
    this.#running.set(shard, counters);
    this.#emit();
  }

  finish(shard: number, counters: ShardCounters): void {
    this.#running.delete(shard);
    this.#shardsDone++;
    this.#done = addCounters(this.#done, counters);
    this.#emit();
  }

  forget(shard: number): void {
    this.#running.delete(shard);
  }

  #emit(): void {
    const running = [...this.#running.values()].reduce(addCounters, NO_COUNTERS);
    const counters = addCounters(this.#done, running);
    const { emit } = this.#run;
    emit({ type: 'progress', shardsDone: this.#shardsDone, shards: this.#shards, counters });
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
