import type { FinishedShard } from './audit.ts';
import type { JobContext } from './job-context.ts';

/** What the store knows of a job's finished shards, for the audit. */
export function finishedShards(jobId: string, { store }: JobContext): FinishedShard[] {
  return store.shards
    .finished(jobId)
    .map((shard) => ({ ...shard, quarantined: store.quarantine.countIn(jobId, shard.range) }));
}
