import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RecordSourceOptions, RecordsOptions } from '../../src/model/records-options.ts';
import type { RecordsReadiness } from '../../src/model/records-status.ts';
import type { StreamEndpoint } from '../../src/model/stream-frame.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';
import { spawnWorker, type WorkerProcess } from './worker-process.ts';

const LEXICONS = fileURLToPath(new URL('../../lexicons', import.meta.url));

/** The process that indexes records, as the supervisor starts it. */
export interface RecordsProcess extends WorkerProcess {
  readiness(): Promise<RecordsReadiness>;
  /** A sample of the metrics by its name and labels, as Prometheus writes it. */
  metric(name: string): Promise<number>;
}

export interface RecordsPlace {
  readonly endpoints: readonly StreamEndpoint[];
  /** Null for the file. */
  readonly databaseUrl: string | null;
  readonly sqlitePath: string;
}

/** Options of an indexer of the built-in collections, with short waits. */
export async function recordsOptions(
  { endpoints, databaseUrl, sqlitePath }: RecordsPlace,
  given: Partial<Omit<RecordsOptions, 'source'>> & { source?: Partial<RecordSourceOptions> } = {},
): Promise<RecordsOptions> {
  const { source, ...rest } = given;
  return {
    server: { host: '127.0.0.1', port: await freePort(), token: null },
    store: { databaseUrl, sqlitePath, pendingMax: 1000 },
    lexiconFolders: [LEXICONS],
    collections: null,
    holder: randomUUID(),
    jitterSecret: 'a secret of tests, long enough',
    batchMax: 500,
    retention: { keyAgeMs: 3_600_000, pendingAgeMs: 3_600_000, deadLettersMax: 1000 },
    log: { level: null, format: 'json' },
    crashPoint: null,
    ...rest,
    source: {
      ...{ stream: 'jetstream', endpoints, from: null, dids: [], compress: false },
      ...{ pauseAt: 1000, resumeAt: 100, queueMax: 2000, queueBytesMax: 2 ** 26 },
      ...{ pauseMaxMs: 30_000, idleTimeoutMs: 60_000, attemptsMax: null },
      ...{ messageBytesMax: 2 ** 22, leaseMs: 2_000 },
      ...source,
    },
  };
}

/** Starts the process without waiting for it; whatever is left of it ends with the test. */
export function spawnRecords(
  t: Pick<TestContext, 'after'>,
  options: RecordsOptions,
): RecordsProcess {
  const worker = spawnWorker(t, 'records', options);
  const base = `http://127.0.0.1:${options.server.port}`;
  return {
    ...worker,
    readiness: async () => {
      const reply = await fetch(`${base}/readyz`);
      return (await reply.json()) as RecordsReadiness;
    },
    metric: (name) => metricOf(`${base}/internal/indexer/metrics`, name),
  };
}

/** Resolves when it is ready: it reads the stream, or stands by. */
export async function startRecords(
  t: Pick<TestContext, 'after'>,
  options: RecordsOptions,
): Promise<RecordsProcess> {
  const records = spawnRecords(t, options);
  await until(
    () => `the indexer is ready: ${records.log()}`,
    () =>
      records.readiness().then(
        ({ ready }) => ready,
        () => false,
      ),
  );
  return records;
}

async function metricOf(url: string, name: string): Promise<number> {
  const text = await (await fetch(url)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  if (line === undefined) throw new Error(`no metric ${name}`);
  return Number(line.slice(name.length + 1));
}
