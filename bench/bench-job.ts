import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { LocalMillrace } from '../src/cli/open-job-client.ts';
import { parseConfig } from '../src/config/config.ts';
import type { SessionsJobReport, SessionsJobSpec } from '../src/model/job.ts';
import { startMillrace } from '../supervisor/start-millrace.ts';
import { freePort } from '../tests/support/free-port.ts';
import type { BenchArchive } from './bench-archive.ts';

export interface JobTimes {
  readonly report: SessionsJobReport;
  readonly startMs: number;
  readonly jobMs: number;
  readonly jobCpuMs: number;
  readonly stopMs: number;
}

/**
 * Runs a sessions job as a command does: the tree in this process with its store, API and delivery to its own ingest
 * backend, without ClickHouse and NATS; a new data folder each time, so that nothing is done already.
 */
export async function runBenchJob(archive: BenchArchive, threads: number): Promise<JobTimes> {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-bench-data-'));
  const { config } = parseConfig({
    MILLRACE_DATA_DIR: dataDir,
    MILLRACE_API_PORT: String(await freePort()),
    JETSTREAMER_CLICKHOUSE_MODE: 'off',
    MILLRACE_NATS_MODE: 'off',
    JETSTREAMER_THREADS: String(threads),
  });
  const never = new AbortController().signal;
  const begun = performance.now();
  const logger = pino({ level: 'silent' });
  const options = {
    config,
    logger,
    need: 'bookkeeping',
    resumeJobs: false,
    onEvent: () => {},
  } as const;
  const client = new LocalMillrace(await startMillrace(options, never), never);
  const cpuBefore = process.cpuUsage();
  const ready = performance.now();
  const run = { fresh: false, onEvent: () => {} };
  const report = await client.run(specOf(archive, config.rpcUrl), run, never);
  const ended = performance.now();
  const { user, system } = process.cpuUsage(cpuBefore);
  await client.close();
  const stopMs = performance.now() - ended;
  rmSync(dataDir, { recursive: true });
  assert.equal(report.undelivered, 0);
  return {
    ...{ report, startMs: ready - begun, jobMs: ended - ready },
    ...{ jobCpuMs: (user + system) / 1000, stopMs },
  };
}

function specOf(archive: BenchArchive, rpcUrl: string): SessionsJobSpec {
  return {
    ...{ kind: 'sessions', source: 'archive', targets: [], range: archive.range, rpcUrl },
    ...{ slotPadding: 0, signaturePagesMax: 1, archive: archive.location },
    filter: { mode: 'auto', programs: [], sessions: [] },
    ...{ verify: 'all', decode: 'auto', recoverFailed: false, strict: false, outDir: null },
  };
}
