import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { SinkOptions } from '../../src/model/sink-options.ts';
import type { SinkStatus } from '../../src/model/sink-status.ts';
import { statsClickhouse } from './clickhouse-database.ts';
import { freePort } from './free-port.ts';
import { linkTo } from './nats-server.ts';
import { tempFolder } from './temp-folder.ts';
import { until } from './until.ts';

const SINK = fileURLToPath(new URL('../../workers/sink.ts', import.meta.url));

/** The process that brings swaps into ClickHouse, as the supervisor starts it. */
export interface SinkProcess {
  readonly pid: number;
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  /** What it wrote so far. */
  log(): string;
  status(): Promise<SinkStatus>;
  askCandles(): Promise<SinkStatus>;
  kill(signal: NodeJS.Signals): void;
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
  const path = join(tempFolder(t), 'sink-options.json');
  writeFileSync(path, JSON.stringify(options));
  const args = ['--import', 'tsx', SINK, '--options', path];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const ask = async (method: 'GET' | 'POST', path: string): Promise<SinkStatus> => {
    const reply = await fetch(`http://127.0.0.1:${options.port}${path}`, { method });
    if (!reply.ok) throw new Error(`status ${reply.status}: ${await reply.text()}`);
    return (await reply.json()) as SinkStatus;
  };
  return {
    pid: child.pid ?? -1,
    exited: exitOf(child),
    log: () => log,
    status: () => ask('GET', '/status'),
    askCandles: () => ask('POST', '/candles'),
    kill: (signal) => void child.kill(signal),
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

async function exitOf(child: ChildProcess): Promise<number | string> {
  const [code, signal] = await once(child, 'close');
  return signal ?? code;
}
