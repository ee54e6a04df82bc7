import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import type { OperatingError } from '../../core/errors.ts';
import { ReleaseStack } from '../../core/release-stack.ts';
import type { SinkOptions } from '../../model/sink-options.ts';
import type { SinkStatus } from '../../model/sink-status.ts';
import { createSinkMetrics } from '../../ops/sink-metrics.ts';
import { ClickhouseClient } from '../../sinks/clickhouse-client.ts';
import { applyStreams } from '../../sinks/nats/apply-streams.ts';
import { connectNats } from '../../sinks/nats/connect-nats.ts';
import { loadStreamDefinitions } from '../../sinks/nats/stream-definitions.ts';
import { CandleLoop } from './candle-loop.ts';
import { CandlePublisher } from './candle-publisher.ts';
import { startSinkServer } from './sink-server.ts';
import { StreamIntake } from './stream-intake.ts';
import { untilReachable } from './until-reachable.ts';

/**
 * src/pipelines/sink is the process between the stream of swaps and ClickHouse: insert, then acknowledge. It also
 * builds candles, alone, and publishes their revisions. Its tables are the supervisor's to migrate.
 *
 * Runs until the signal aborts.
 * @throws {OperatingError} what no repeating mends; whoever started the process starts it again.
 */
export async function runSink(
  options: SinkOptions,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const release = new ReleaseStack();
  const scope = new AbortController();
  const limit = AbortSignal.any([signal, scope.signal]);
  try {
    const parts = await openParts(options, logger, release, limit);
    logger.info('the sink of swaps is ready');
    await Promise.all(parts.map((part) => endsAll(part(limit), scope)));
  } catch (error) {
    // Whoever waits for a server that is away hears of the end by an error.
    if (!signal.aborted) throw error;
  } finally {
    scope.abort();
    await release.releaseAll();
  }
}

/** The first part that fails takes the others with it. */
async function endsAll(part: Promise<void>, scope: AbortController): Promise<void> {
  try {
    await part;
  } finally {
    scope.abort();
  }
}

/** A server on the same machine answers within milliseconds. */
const FLUSH_MS_MAX = 1_000;

type Part = (signal: AbortSignal) => Promise<void>;

async function openParts(
  options: SinkOptions,
  logger: Logger,
  release: ReleaseStack,
  signal: AbortSignal,
): Promise<readonly Part[]> {
  const metrics = createSinkMetrics();
  const onFault = (error: OperatingError): void => {
    metrics.faults.inc({ code: error.code });
    logger.warn({ code: error.code }, error.message);
  };
  const client = new ClickhouseClient({ ...options.clickhouse, random: Math.random });
  release.defer(() => client.close());
  const connection = await openNats(options, { release, onFault }, signal);
  const publisher = connection === null ? null : new CandlePublisher(connection);
  const { batch, latenessSeconds } = options;
  const shared = { client, onFault, metrics };
  const intake = connection === null ? null : new StreamIntake({ ...shared, connection, batch });
  const candles = new CandleLoop({
    ...{ ...shared, latenessSeconds },
    publish: async (built, until) => publisher?.publish(built, until),
  });
  const status = statusOf(intake, candles);
  const server = await startSinkServer({
    ...{ port: options.port, registry: metrics.registry, status },
    askCandles: () => candles.ask(),
  });
  release.defer(() => server.close());
  return [
    (until) => candles.run(until),
    ...(intake === null ? [] : [(until: AbortSignal) => intake.run(until)]),
  ];
}

/** Waits for a server that is away: a sink that ended instead would use up the restarts of all services. */
async function openNats(
  { nats, definitionsFolder }: SinkOptions,
  { release, onFault }: { release: ReleaseStack; onFault: (error: OperatingError) => void },
  signal: AbortSignal,
): Promise<NatsConnection | null> {
  if (nats === null) return null;
  const link = { ...nats, name: 'millrace-sink' };
  const connection = await untilReachable(() => connectNats(link, signal), onFault, signal);
  release.defer(() => closeFlushed(connection));
  const definitions = loadStreamDefinitions(definitionsFolder);
  const apply = () => applyStreams(connection, { definitions, force: false }, signal);
  await untilReachable(apply, onFault, signal);
  return connection;
}

/** What was acknowledged or put back last is still to be sent; a server that is away is not waited for. */
async function closeFlushed(connection: NatsConnection): Promise<void> {
  const limit = new AbortController();
  const late = sleep(FLUSH_MS_MAX, undefined, { signal: limit.signal });
  await Promise.race([connection.flush(), late]).catch(() => {});
  limit.abort();
  late.catch(() => {});
  await connection.close();
}

function statusOf(intake: StreamIntake | null, candles: CandleLoop): () => Promise<SinkStatus> {
  const boot = randomUUID();
  const none = { messages: 0, swaps: 0, deadLetters: 0 };
  return async () => {
    const { passesAsked, passesDone, written } = candles;
    return {
      boot,
      stream: intake === null ? null : await intake.state(),
      ...(intake?.counts ?? none),
      candles: { passesAsked, passesDone, written },
    };
  };
}
