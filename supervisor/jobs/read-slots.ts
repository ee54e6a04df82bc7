import assert from 'node:assert/strict';
import type { SlotRange } from '../../src/core/slot-range.ts';
import type { StatsJobSpec, SwapsJobSpec } from '../../src/model/job.ts';
import { type BatchSource, followChain } from './follow-chain.ts';
import type { OpenedJob } from './open-job.ts';
import { runShards, type ShardRun } from './run-shards.ts';
import { throwIfCancelled } from './throw-if-cancelled.ts';

/** A job whose workers bring everything to its sink themselves, so that nothing is left to settle after a shard. */
export interface SlotsRun
  extends OpenedJob<StatsJobSpec | SwapsJobSpec>,
    Pick<ShardRun, 'context' | 'emit'> {
  readonly shardsOf: (batch: BatchSource) => ShardRun;
}

/**
 * Reads what is not done yet, from the archive or by following the chain.
 * @returns the slots of the whole job.
 * @throws {OperatingError} CANCELLED when `signal` aborted, else what ended the job.
 */
export async function readSlots(run: SlotsRun, signal: AbortSignal): Promise<SlotRange> {
  const { spec, context, emit, jobId, alreadyComplete, shardsOf } = run;
  const { kind, follow, range, archive } = spec;
  if (follow !== null) {
    const following = { jobId, kind, follow, context, emit, shardsOf, settle: null };
    return await followChain(following, signal);
  }
  assert(range !== null, 'a job that follows nothing has a range');
  if (alreadyComplete) return range;
  await runShards(shardsOf({ archive, range, emit }), signal);
  throwIfCancelled(signal);
  return range;
}
