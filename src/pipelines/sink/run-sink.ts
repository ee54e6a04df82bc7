import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { OperatingError } from '../../core/errors.ts';
import { ReleaseStack } from '../../core/release-stack.ts';
import type { SinkOptions } from '../../model/sink-options.ts';
import type { SinkStatus } from '../../model/sink-status.ts';
import { createSinkMetrics } from '../../ops/sink-metrics.ts';
import { ClickhouseClient } from '../../sinks/clickhouse-client.ts';
import { applyStreams } from '../../sinks/nats/apply-streams.ts';
import { connectNats } from '../../sinks/nats/connect-nats.ts';
import { loadStreamDefinitions } from '../../sinks/nats/stream-definitions.ts';
import { type Part, runTogether } from '../run-together.ts';
import { untilReachable } from '../until-reachable.ts';
import { CandleLoop } from './candle-loop.ts';
import { CandlePublisher } from './candle-publisher.ts';
import { LastFault } from './last-fault.ts';
import { startSinkServer } from './sink-server.ts';
import { StreamIntake, type StreamIntakeOptions } from './stream-intake.ts';

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
    await runTogether(parts, limit);
  } catch (error) {
    // Whoever waits for a server that is away hears of the end by an error.
    if (!signal.aborted) throw error;
  } finally {
    scope.abort();
    await release.releaseAll();
  }
}

async function openParts(
  options: SinkOptions,
  logger: Logger,
  release: ReleaseStack,
  signal: AbortSignal,
): Promise<readonly Part[]> {
  const metrics = createSinkMetrics();
  const faults = new LastFault();
  const onFault = (error: OperatingError): void => {
    faults.note(error);
    metrics.faults.inc({ code: error.code });
    logger.warn({ code: error.code }, error.message);
  };
  const boot = randomUUID();
  let parts: SinkParts | undefined;
  const status = async (): Promise<SinkStatus> => {
    if (parts === undefined) throw stillOpening();
    return { ...(await statusOf(boot, parts)), lastFault: faults.recent };
  };
  // Alive before the stream is: the supervisor starts one child at a time, and may have to start NATS behind this one.
  const askCandles = (): void => parts?.candles.ask();
  const { port } = options;
  const server = await startSinkServer({ port, registry: metrics.registry, status, askCandles });
  release.defer(() => server.close());
  const client = new ClickhouseClient({ ...options.clickhouse, random: Math.random });
  release.defer(() => client.close());
  const connection = await openNats(options, { release, onFault }, signal);
  parts = partsOf(options, connection, { client, onFault, metrics });
  const { intake, candles } = parts;
  return [
    (until) => candles.run(until),
    ...(intake === null ? [] : [(until: AbortSignal) => intake.run(until)]),
  ];
}

interface SinkParts {
  /** Null without NATS. */
  readonly intake: StreamIntake | null;
  readonly candles: CandleLoop;
}

function partsOf(
  { batch, latenessSeconds }: SinkOptions,
  connection: NatsConnection | null,
  shared: Pick<StreamIntakeOptions, 'client' | 'onFault' | 'metrics'>,
): SinkParts {
  const publisher = connection === null ? null : new CandlePublisher(connection, shared.onFault);
  return {
    intake: connection === null ? null : new StreamIntake({ ...shared, connection, batch }),
    candles: new CandleLoop({
      ...{ ...shared, latenessSeconds },
      publish: async (built, until) => publisher?.publish(built, until),
    }),
  };
}

/** A server that does not answer at the end has these messages delivered again after `ack_wait`. */
const FLUSH_TIMEOUT_MS = 1_000;

/** Waits for a server that is away: a sink that ended instead would use up the restarts of all services. */
async function openNats(
  { nats, definitionsFolder }: SinkOptions,
  { release, onFault }: { release: ReleaseStack; onFault: (error: OperatingError) => void },
  signal: AbortSignal,
): Promise<NatsConnection | null> {
  if (nats === null) return null;
  const link = { ...nats, name: 'millrace-sink' };
  const connection = await untilReachable(() => connectNats(link, signal), onFault, signal);
  release.defer(() => closeNats(connection));
  const definitions = loadStreamDefinitions(definitionsFolder);
  const apply = () => applyStreams(connection, { definitions, force: false }, signal);
  await untilReachable(apply, onFault, signal);
  return connection;
}

/** What was acknowledged or put back last is still on its way, and closing does not wait for it. */
async function closeNats(connection: NatsConnection): Promise<void> {
  const flushed = connection.flush().catch(() => {});
  await Promise.race([flushed, sleep(FLUSH_TIMEOUT_MS, undefined, { ref: false })]);
  await connection.close();
}

async function statusOf(
  boot: string,
  { intake, candles }: SinkParts,
): Promise<Omit<SinkStatus, 'lastFault'>> {
  const { passesAsked, passesDone, written } = candles;
  const none = { messages: 0, swaps: 0, deadLetters: 0 };
  return {
    boot,
    stream: intake === null ? null : await intake.state(),
    ...(intake?.counts ?? none),
    candles: { passesAsked, passesDone, written },
  };
}

function stillOpening(): OperatingError {
  const message = 'asking the sink of swaps: expected it to have its stream, but it waits for NATS';
  return new OperatingError('SINK_UNREACHABLE', message, { retryable: true });
}
