import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { LocalMillrace } from '../src/cli/open-job-client.ts';
import { type Config, parseConfig } from '../src/config/config.ts';
import type { SessionsJobReport, SessionsJobSpec } from '../src/model/job.ts';
import { startMillrace } from '../supervisor/start-millrace.ts';
import { freePort } from '../tests/support/free-port.ts';
import type { BenchArchive } from './bench-archive.ts';

export interface JobTimes {
  readonly report: SessionsJobReport;
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface BenchJobTimes {
  readonly startMs: number;
  /** The first job of the tree: it starts the threads and reads everything, looking for another program. */
  readonly first: JobTimes;
  /** The job for all sessions, in the same threads. */
  readonly sessions: JobTimes;
  readonly stopMs: number;
}

/** A program that no transaction invokes. */
const NOBODY = 'nobody1111111111111111111111111111111111111';

const never = new AbortController().signal;

/**
 * Runs sessions jobs as a command does: the tree in this process with its store, API and delivery to its own ingest
 * backend, without ClickHouse and NATS; a new data folder each time, so that nothing is done already.
 */
export async function runBenchJobs(archive: BenchArchive, threads: number): Promise<BenchJobTimes> {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-bench-data-'));
  const config = await configFor(dataDir, threads);
  const logger = pino({ level: 'silent' });
  const options = { config, logger, need: 'bookkeeping', resumeJobs: false } as const;
  const begun = performance.now();
  const millrace = await startMillrace({ ...options, onEvent: () => {} }, never);
  const startMs = performance.now() - begun;
  const client = new LocalMillrace(millrace, never);
  const first = await runJob(client, specOf(archive, config, [NOBODY]));
  const sessions = await runJob(client, specOf(archive, config, []));
  const ended = performance.now();
  await client.close();
  const stopMs = performance.now() - ended;
  rmSync(dataDir, { recursive: true });
  return { startMs, first, sessions, stopMs };
}

async function configFor(dataDir: string, threads: number): Promise<Config> {
  return parseConfig({
    MILLRACE_DATA_DIR: dataDir,
    MILLRACE_API_PORT: String(await freePort()),
    JETSTREAMER_CLICKHOUSE_MODE: 'off',
    MILLRACE_NATS_MODE: 'off',
    JETSTREAMER_THREADS: String(threads),
  }).config;
}

async function runJob(client: LocalMillrace, spec: SessionsJobSpec): Promise<JobTimes> {
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  const report = await client.run(spec, { fresh: false, onEvent: () => {} }, never);
  const wallMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpuBefore);
  assert(report.state === 'complete' && report.undelivered === 0, JSON.stringify(report.audit));
  return { report, wallMs, cpuMs: (user + system) / 1000 };
}

function specOf(
  archive: BenchArchive,
  { rpcUrl }: Config,
  programs: readonly string[],
): SessionsJobSpec {
  const mode = programs.length > 0 ? 'code-in' : 'auto';
  return {
    ...{
      kind: 'sessions',
      source: 'archive',
      targets: [],
      range: archive.range,
      follow: null,
      rpcUrl,
    },
    ...{ slotPadding: 0, signaturePagesMax: 1, archive: archive.location },
    filter: { mode, programs, sessions: [] },
    ...{ verify: 'all', decode: 'auto', recoverFailed: false, strict: false, outDir: null },
  };
}
