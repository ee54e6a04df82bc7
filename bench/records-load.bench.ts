import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { RecordSourceOptions } from '../src/model/records-options.ts';
import { JetstreamServer } from '../tests/support/jetstream-server.ts';
import { dropDatabase, makeGivenDatabase } from '../tests/support/postgres/database-maker.ts';
import {
  type RecordsProcess,
  recordsOptions,
  startRecords,
} from '../tests/support/records-process.ts';
import { tempFolder } from '../tests/support/temp-folder.ts';
import { until } from '../tests/support/until.ts';
import { BenchCleanups } from './bench-cleanups.ts';
import { lexiconFolders } from './bench-collections.ts';
import { bucketsOf, quantileOf } from './histogram-quantile.ts';
import { madeEvents } from './made-events.ts';
import { printMachine } from './timed-rounds.ts';

/**
 * The indexer's process at work, on a server on loopback: first an even load, and how long a record takes from its
 * receipt until it is durable; then a burst as fast as it can be taken, with a short queue, and how much memory the
 * process comes to hold. Into an SQLite file, and into a new database of the server of DATABASE_URL where one is set.
 * Usage: node --import tsx bench/records-load.bench.ts [--rate 2000] [--seconds 20] [--burst 60000]
 */

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '20' },
    burst: { type: 'string', default: '60000' },
  },
});
const rate = Number(values.rate);
const loaded = rate * Number(values.seconds);
const burst = Number(values.burst);
/** What is left to be stored takes a fraction of that. */
const DEADLINE_MS = 60_000 + burst;
const SAMPLE_MS = 50;
const CHUNK = 10_000;
const MEBIBYTE = 2 ** 20;
/** Ticks of `/proc/PID/stat`; Linux has a hundred a second everywhere. */
const TICKS_PER_SECOND = 100;
/** Fewer than one read from the socket brings, so that reading has to pause. */
const SHORT_QUEUE = { pauseAt: 50, resumeAt: 10, queueMax: 2000 };

interface Subject {
  readonly records: RecordsProcess;
  readonly server: JetstreamServer;
  readonly metrics: () => Promise<string>;
}

async function start(
  cleanups: BenchCleanups,
  databaseUrl: string | null,
  source: Partial<RecordSourceOptions>,
): Promise<Subject> {
  const server = new JetstreamServer();
  await server.listen();
  cleanups.after(() => server.close());
  const sqlitePath = join(tempFolder(cleanups), 'records.sqlite');
  const endpoints = [{ url: server.url(), protocol: 'v1' }] as const;
  const options = await recordsOptions(
    { endpoints, databaseUrl, sqlitePath },
    { lexiconFolders, source: { from: 1, ...source } },
  );
  const records = await startRecords(cleanups, options);
  const url = `http://127.0.0.1:${options.server.port}/internal/indexer/metrics`;
  return { records, server, metrics: async () => (await fetch(url)).text() };
}

/** A sample of the metrics by its name. */
function sampleOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

/** Resolves with the metrics when so many records are stored. */
async function untilStored({ metrics, records }: Subject, count: number): Promise<string> {
  let text = '';
  await until(
    () =>
      `${count} records are stored: ${sampleOf(text, 'indexer_upserts_total')} ${records.log()}`,
    async () => {
      text = await metrics();
      await sleep(SAMPLE_MS);
      return sampleOf(text, 'indexer_upserts_total') >= count;
    },
    DEADLINE_MS,
  );
  return text;
}

function cpuSeconds({ pid }: RecordsProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function residentBytes({ pid }: RecordsProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(0)} ms`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / MEBIBYTE).toFixed(0)} MiB`;
}

async function measureLoad(cleanups: BenchCleanups, databaseUrl: string | null): Promise<void> {
  const subject = await start(cleanups, databaseUrl, {});
  const events = madeEvents(loaded);
  const cpuBefore = cpuSeconds(subject.records);
  const before = performance.now();
  await subject.server.pace(events, rate);
  const sentSeconds = (performance.now() - before) / 1000;
  const text = await untilStored(subject, loaded);
  const seconds = (performance.now() - before) / 1000;
  const cpu = cpuSeconds(subject.records) - cpuBefore;
  const buckets = bucketsOf(text, 'indexer_commit_latency_seconds');
  const [p50 = 0, p95 = 0, p99 = 0] = [0.5, 0.95, 0.99].map((one) => quantileOf(buckets, one));
  console.log(
    `load      ${(loaded / sentSeconds).toFixed(0)} events/s sent for ${sentSeconds.toFixed(1)} s, ${(loaded / seconds).toFixed(0)} records/s stored`,
  );
  console.log(
    `          receipt to commit: p50 ${milliseconds(p50)}, p95 ${milliseconds(p95)}, p99 ${milliseconds(p99)} (by buckets)`,
  );
  console.log(
    `          ${((cpu * 1e6) / loaded).toFixed(0)} µs of CPU a record, ${((100 * cpu) / seconds).toFixed(0)} % of one core; ${sampleOf(text, 'indexer_backpressure_paused_total')} pauses`,
  );
}

async function measureBurst(cleanups: BenchCleanups, databaseUrl: string | null): Promise<void> {
  const subject = await start(cleanups, databaseUrl, SHORT_QUEUE);
  const samples = [residentBytes(subject.records)];
  const sampling = setInterval(() => samples.push(residentBytes(subject.records)), SAMPLE_MS);
  const before = performance.now();
  const events = madeEvents(burst);
  for (let at = 0; at < burst; at += CHUNK) subject.server.append(...events.slice(at, at + CHUNK));
  const text = await untilStored(subject, burst).finally(() => clearInterval(sampling));
  const seconds = (performance.now() - before) / 1000;
  console.log(
    `burst     ${burst} events at once, ${SHORT_QUEUE.pauseAt} may wait: ${(burst / seconds).toFixed(0)} records/s stored in ${seconds.toFixed(1)} s`,
  );
  console.log(
    `          ${sampleOf(text, 'indexer_backpressure_paused_total')} pauses, ${sampleOf(text, 'indexer_reconnection_attempts_total')} reconnections`,
  );
  const [first = 0, half = 0, last = 0] = [0, samples.length >> 1, -1].map((at) => samples.at(at));
  console.log(
    `          resident: ${mebibytes(first)} at the start, ${mebibytes(half)} halfway, ${mebibytes(last)} at the end, ${mebibytes(Math.max(...samples))} at the most`,
  );
}

async function measure(name: string, givenUrl: string | null): Promise<void> {
  console.log(`\n${name}`);
  for (const part of [measureLoad, measureBurst]) {
    const cleanups = new BenchCleanups();
    try {
      const url = givenUrl === null ? null : await makeGivenDatabase(givenUrl, {});
      if (givenUrl !== null && url !== null) cleanups.after(() => dropDatabase(givenUrl, url));
      await part(cleanups, url);
    } finally {
      await cleanups.run();
    }
  }
}

printMachine(`${loaded} events evenly, then ${burst} at once`);
await measure('SQLite', null);
const serverUrl = process.env['DATABASE_URL'] ?? '';
if (serverUrl === '') console.log('\nPostgreSQL: skipped, DATABASE_URL names no server');
else await measure('PostgreSQL', serverUrl);
