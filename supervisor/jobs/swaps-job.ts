import { OperatingError } from '../../src/core/errors.ts';
import type { SwapsJobReport, SwapsJobSpec, SwapsSinkChoice } from '../../src/model/job.ts';
import type { StatsClickhouse } from '../../src/model/stats-task.ts';
import { swapsOfTallies } from '../../src/model/swap-tallies.ts';
import type { SwapsTarget } from '../../src/model/swaps-task.ts';
import { countSwaps } from '../../src/sinks/count-swaps.ts';
import { auditRange, isCovered } from './audit-range.ts';
import type { BatchSource } from './follow-chain.ts';
import type { EmitJobEvent, JobContext } from './job-context.ts';
import type { OpenedJob } from './open-job.ts';
import { readSlots } from './read-slots.ts';
import { NOTHING_TO_TAKE, type ShardRun } from './run-shards.ts';
import type { SinkPort } from './sink-port.ts';
import { throwIfCancelled } from './throw-if-cancelled.ts';

/**
 * Decodes the swaps of a range, waits until they are in ClickHouse and in candles, then audits the range and counts
 * what stands there.
 * @throws {OperatingError} CONFIG when ClickHouse or NATS is off, CANCELLED when `signal` aborted, else what ended
 * the job.
 */
export async function runSwapsJob(
  opened: OpenedJob<SwapsJobSpec>,
  context: JobContext,
  emit: EmitJobEvent,
  signal: AbortSignal,
): Promise<SwapsJobReport> {
  const startedAt = context.now();
  throwIfCancelled(signal);
  const { jobId, spec, alreadyComplete } = opened;
  const services = requireServices(spec, context);
  const warn = (text: string): void => emit({ type: 'warning', text });
  if (spec.sink === 'nats' && !alreadyComplete) await services.sink.ready(warn, signal);
  const run = { ...opened, services, context };
  const shardsOf = (batch: BatchSource): ShardRun => swapsShards(run, batch);
  const range = await readSlots({ ...opened, context, emit, shardsOf }, signal);
  if (!alreadyComplete) await settleSwaps(spec, services.sink, emit, signal);
  const audit = auditRange(jobId, range, context);
  const { counters } = context.store.shards.totals(jobId);
  const decoded = swapsOfTallies(counters.tallies);
  const { clickhouse } = services;
  const stored = await countSwaps(clickhouse, range, signal);
  const lacking = stored.swaps < decoded.swaps;
  if (lacking) emit({ type: 'warning', text: swapsLack(stored.swaps, decoded.swaps, spec.sink) });
  const state = isCovered(audit) && !lacking ? 'complete' : 'holes';
  if (!alreadyComplete) context.store.jobs.setState(jobId, state, context.now());
  return {
    ...{ kind: 'swaps', jobId, state, alreadyComplete, audit, counters, decoded, stored },
    ...{ range, sink: spec.sink },
    // Without the user and password that may stand in it.
    server: new URL(clickhouse.dsn).origin,
    database: clickhouse.database,
    elapsedMs: alreadyComplete ? 0 : context.now() - startedAt,
  };
}

/** The way that swaps of the spec take. */
interface SwapServices {
  readonly clickhouse: StatsClickhouse;
  readonly sink: SinkPort;
  readonly target: SwapsTarget;
}

function requireServices(spec: SwapsJobSpec, context: JobContext): SwapServices {
  const { swapsClickhouse: clickhouse, sink, nats } = context;
  if (clickhouse === null || sink === null) {
    throw missing(
      'a ClickHouse to write to, but it is off; leave JETSTREAMER_CLICKHOUSE_MODE at auto, or name a server in JETSTREAMER_CLICKHOUSE_DSN',
    );
  }
  if (spec.sink === 'clickhouse') {
    return { clickhouse, sink, target: { type: 'clickhouse', clickhouse } };
  }
  if (nats === null) {
    throw missing(
      'a NATS server to publish to, but it is off; leave MILLRACE_NATS_MODE at auto, name a server in NATS_URL, or take --sink clickhouse',
    );
  }
  return { clickhouse, sink, target: { type: 'nats', ...nats } };
}

function missing(what: string): OperatingError {
  return new OperatingError('CONFIG', `decoding swaps: expected ${what}`, { retryable: false });
}

async function settleSwaps(
  spec: SwapsJobSpec,
  sink: SinkPort,
  emit: EmitJobEvent,
  signal: AbortSignal,
): Promise<void> {
  const warn = (text: string): void => emit({ type: 'warning', text });
  if (spec.sink === 'nats') {
    emit({ type: 'note', text: 'everything is published; waiting for the sink to take it' });
    await sink.drained(warn, signal);
  }
  emit({ type: 'note', text: 'building candles' });
  await sink.candlesBuilt(warn, signal);
}

interface SwapsRun extends OpenedJob<SwapsJobSpec>, Pick<ShardRun, 'context'> {
  readonly services: SwapServices;
}

function swapsShards(run: SwapsRun, { archive, range, emit }: BatchSource): ShardRun {
  const { jobId, spec, services, context } = run;
  const { generic, verify } = spec;
  return {
    ...{ jobId, archive, range, context, emit },
    taskOf: (shard) => ({
      ...({ type: 'swaps-shard', jobId, shardId: shard.id } as const),
      ...{ archive, generic, verify, target: services.target },
      range: shard.range,
      limits: context.limits,
      cancel: new SharedArrayBuffer(8),
    }),
    // The stream or ClickHouse has accepted a worker's swaps before its shard ends.
    openIntake: () => NOTHING_TO_TAKE,
  };
}

function swapsLack(stored: number, decoded: number, sink: SwapsSinkChoice): string {
  const again =
    sink === 'clickhouse'
      ? '--fresh decodes them again'
      : 'the stream takes what it was given within the hour for repeats: --sink clickhouse writes them again at once, --fresh later';
  return `swaps holds ${stored} of the ${decoded} swaps that were decoded: some are dead letters (npx millrace ops jetstream dead-letter list), were deleted, or went to another ClickHouse; ${again}`;
}
