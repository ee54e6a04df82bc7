import type { SlotStatusRow } from '../../src/model/worker-task.ts';
import type { ShardIntake, ShardRun } from './run-shards.ts';
import type { SessionsRun } from './sessions-run.ts';

/** The shards of a sessions job: records go into the store as they come, slot rows to the mirror at the end. */
export function sessionsShards(run: SessionsRun): ShardRun {
  const { jobId, spec, scope, context, emit } = run;
  return {
    ...{ jobId, context, emit },
    archive: spec.archive,
    range: scope.range,
    taskOf: (shard) => ({
      type: 'sessions-shard',
      jobId,
      shardId: shard.id,
      archive: spec.archive,
      range: shard.range,
      filter: scope.filter,
      verify: spec.verify,
      limits: context.limits,
      cancel: new SharedArrayBuffer(8),
    }),
    openIntake: () => openIntake(run),
  };
}

function openIntake({ jobId, context }: SessionsRun): ShardIntake {
  const slots: SlotStatusRow[] = [];
  return {
    take: async (batch) => {
      const options = { job: jobId, exactOrder: true };
      context.metrics.records.inc(context.store.sessionRecords.save(batch.records, options));
      slots.push(...batch.slots);
    },
    finish: async (signal) => {
      await context.mirror()?.writeSlots(slots, signal);
    },
  };
}
