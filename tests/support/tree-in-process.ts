import { join } from 'node:path';
import pino from 'pino';
import { reportOf } from '../../src/cli/report-of.ts';
import { parseConfig } from '../../src/config/config.ts';
import type { JobEvent, JobReportOf, JobSpec, SessionsJobSpec } from '../../src/model/job.ts';
import { requireSlot } from '../../supervisor/house.ts';
import { type Millrace, startMillrace } from '../../supervisor/start-millrace.ts';
import { freePort } from './free-port.ts';
import { JOB_SPEC } from './job-samples.ts';

export interface TestTree extends AsyncDisposable {
  readonly millrace: Millrace;
  readonly dataDir: string;
  run<S extends JobSpec>(spec: S, options?: TestRunOptions): Promise<JobReportOf<S>>;
}

export interface TestRunOptions {
  readonly fresh?: boolean;
  readonly onEvent?: (event: JobEvent) => void;
}

/** The real tree in this process, in a data folder of its own, without services unless `env` asks for them. */
export async function startTestTree(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<TestTree> {
  const dataDir = join(folder, 'data');
  const { config } = parseConfig({
    MILLRACE_DATA_DIR: dataDir,
    MILLRACE_API_PORT: String(await freePort()),
    JETSTREAMER_CLICKHOUSE_MODE: 'off',
    MILLRACE_NATS_MODE: 'off',
    JETSTREAMER_THREADS: '2',
    MILLRACE_RPC_REQUESTS_PER_SECOND: '10000',
    ...env,
  });
  const logger = pino({ level: 'silent' });
  const { signal } = new AbortController();
  const need = config.natsMode === 'off' ? 'bookkeeping' : 'all';
  const options = { config, logger, need, resumeJobs: false, onEvent: () => {} } as const;
  const millrace = await startMillrace(options, signal);
  return {
    ...{ millrace, dataDir },
    run: async (spec, { fresh = false, onEvent = () => {} } = {}) => {
      const jobs = requireSlot(millrace.house.slots.jobs, 'the jobs actor');
      const { opened, ended } = jobs.start(spec, fresh);
      jobs.watch(opened.jobId, { event: onEvent, end: () => {} });
      return reportOf(spec, await ended);
    },
    [Symbol.asyncDispose]: () => millrace.stop(signal),
  };
}

/** A job's spec with what a test wants otherwise; `base` is the folder of the archive. */
export function sessionsSpecOf(base: string, wanted: Partial<SessionsJobSpec>): SessionsJobSpec {
  const archive = { ...JOB_SPEC.archive, carBase: base, indexBase: base };
  return { ...JOB_SPEC, range: null, archive, rpcUrl: 'http://127.0.0.1:9', ...wanted };
}
