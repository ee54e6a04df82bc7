import { OperatingError } from '../../src/core/errors.ts';
import type { StatsJobReport, StatsJobSpec, TableRows } from '../../src/model/job.ts';
import type { StatsClickhouse } from '../../src/model/stats-task.ts';
import { countStatsRows } from '../../src/sinks/count-stats-rows.ts';
import { auditRange, isCovered } from './audit-range.ts';
import type { BatchSource } from './follow-chain.ts';
import type { EmitJobEvent, JobContext } from './job-context.ts';
import type { OpenedJob } from './open-job.ts';
import { readSlots } from './read-slots.ts';
import { NOTHING_TO_TAKE, type ShardRun } from './run-shards.ts';
import { throwIfCancelled } from './throw-if-cancelled.ts';

/**
 * Counts the slots of a range into ClickHouse, then audits the range and counts the rows that stand there.
 * @throws {OperatingError} CONFIG when ClickHouse is off, CANCELLED when `signal` aborted, else what ended the job.
 */
export async function runStatsJob(
  opened: OpenedJob<StatsJobSpec>,
  context: JobContext,
  emit: EmitJobEvent,
  signal: AbortSignal,
): Promise<StatsJobReport> {
  const startedAt = context.now();
  throwIfCancelled(signal);
  const { jobId, spec, alreadyComplete } = opened;
  const clickhouse = requireClickhouse(context);
  const run = { ...opened, clickhouse, context };
  const shardsOf = (batch: BatchSource): ShardRun => statsShards(run, batch);
  const range = await readSlots({ ...opened, context, emit, shardsOf }, signal);
  const audit = auditRange(jobId, range, context);
  const tables = await countStatsRows(clickhouse, { range, variants: spec.variants }, signal);
  const kept = slotsKept(tables);
  if (kept < audit.done) emit({ type: 'warning', text: rowsLack(kept, audit.done) });
  const state = isCovered(audit) && kept >= audit.done ? 'complete' : 'holes';
  if (!alreadyComplete) context.store.jobs.setState(jobId, state, context.now());
  return {
    ...{ kind: 'stats', jobId, state, alreadyComplete, audit, tables },
    range,
    // Without the user and password that may stand in it.
    server: new URL(clickhouse.dsn).origin,
    database: clickhouse.database,
    counters: context.store.shards.totals(jobId).counters,
    elapsedMs: alreadyComplete ? 0 : context.now() - startedAt,
  };
}

function requireClickhouse({ statsClickhouse }: JobContext): StatsClickhouse {
  if (statsClickhouse !== null) return statsClickhouse;
  throw new OperatingError(
    'CONFIG',
    'counting statistics: expected a ClickHouse to write to, but it is off; leave JETSTREAMER_CLICKHOUSE_MODE at auto, or name a server in JETSTREAMER_CLICKHOUSE_DSN',
    { retryable: false },
  );
}

interface StatsRun extends OpenedJob<StatsJobSpec>, Pick<ShardRun, 'context'> {
  readonly clickhouse: StatsClickhouse;
}

function statsShards(run: StatsRun, { archive, range, emit }: BatchSource): ShardRun {
  const { jobId, spec, clickhouse, context } = run;
  const { variants, verify } = spec;
  return {
    ...{ jobId, archive, range, context, emit },
    taskOf: (shard) => ({
      ...({ type: 'stats-shard', jobId, shardId: shard.id } as const),
      ...{ archive, variants, verify, clickhouse },
      range: shard.range,
      limits: context.limits,
      cancel: new SharedArrayBuffer(8),
    }),
    // A worker's rows, those about its slots included, were accepted by ClickHouse before its shard ends.
    openIntake: () => NOTHING_TO_TAKE,
  };
}

/** One row a slot that was counted, empty ones too. */
function slotsKept(tables: readonly TableRows[]): number {
  return tables.find(({ table }) => table === 'slot_instructions')?.rows ?? 0;
}

function rowsLack(kept: number, counted: number): string {
  return `slot_instructions holds ${kept} of the ${counted} slots that were counted: rows were deleted, or went to another ClickHouse; --fresh counts them again`;
}
