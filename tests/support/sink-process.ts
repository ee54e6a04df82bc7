import type { TestContext } from 'node:test';
import type { SinkOptions } from '../../src/model/sink-options.ts';
import type { SinkStatus } from '../../src/model/sink-status.ts';
import { statsClickhouse } from './clickhouse-database.ts';
import { freePort } from './free-port.ts';
import { linkTo } from './nats-server.ts';
import { until } from './until.ts';
import { spawnWorker, type WorkerProcess } from './worker-process.ts';

/** The process that brings swaps into ClickHouse, as the supervisor starts it. */
export interface SinkProcess extends WorkerProcess {
  status(): Promise<SinkStatus>;
  askCandles(): Promise<SinkStatus>;
}

export interface SinkPlace {
  readonly natsUrl: string;
  readonly dsn: string;
  readonly database: string;
  readonly definitionsFolder: string;
}

/** Options of a sink with small batches and short waits. */
export async function sinkOptions(
  { natsUrl, dsn, database, definitionsFolder }: SinkPlace,
  given: Partial<SinkOptions> = {},
): Promise<SinkOptions> {
  return {
    port: await freePort(),
    nats: linkTo(natsUrl),
    clickhouse: { ...statsClickhouse(dsn, database), requestTimeoutMs: 5_000 },
    definitionsFolder,
    batch: { rowsMax: 20, bytesMax: 2 ** 20, ageMs: 20 },
    latenessSeconds: 30,
    crashPoint: null,
    ...given,
  };
}

/** Starts the process without waiting for it; whatever is left of it ends with the test. */
export function spawnSink(t: TestContext, options: SinkOptions): SinkProcess {
  const worker = spawnWorker(t, 'sink', options);
  const ask = async (method: 'GET' | 'POST', path: string): Promise<SinkStatus> => {
    const reply = await fetch(`http://127.0.0.1:${options.port}${path}`, { method });
    if (!reply.ok) throw new Error(`status ${reply.status}: ${await reply.text()}`);
    return (await reply.json()) as SinkStatus;
  };
  return {
    ...worker,
    status: () => ask('GET', '/status'),
    askCandles: () => ask('POST', '/candles'),
  };
}

/** Resolves when the sink answers. */
export async function startSink(t: TestContext, options: SinkOptions): Promise<SinkProcess> {
  const sink = spawnSink(t, options);
  await until(
    () => `the sink answers: ${sink.log()}`,
    () =>
      sink.status().then(
        () => true,
        () => false,
      ),
  );
  return sink;
}

/** Resolves when the work queue is empty. */
export async function drained(sink: SinkProcess): Promise<void> {
  await until(
    () => `the stream is drained: ${sink.log()}`,
    async () => (await sink.status()).stream?.messages === 0,
  );
}

/** Resolves when the candles of all that is in ClickHouse now are built and published. */
export async function builtCandles(sink: SinkProcess): Promise<void> {
  const { candles: asked } = await sink.askCandles();
  await until(
    () => `candles are built: ${sink.log()}`,
    async () => (await sink.status()).candles.passesDone >= asked.passesAsked,
  );
}
