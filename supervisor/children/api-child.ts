import type { PoolQueries } from '../../src/sinks/pool-queries.ts';
import type { ApiContext, JobsPort } from '../api/api-context.ts';
import { startApi } from '../api/api-server.ts';
import type { ChildSnapshot, WorkerSpec } from '../child-spec.ts';
import { type House, requireSlot } from '../house.ts';
import { inProcessChild } from '../in-process-child.ts';

/** Room for base64 and the other fields around the largest file. */
const BODY_MARGIN_BYTES = 2 ** 20;
const REQUEST_TIMEOUT_MS = 120_000;
const SHUTDOWN_MS = 5_000;

export interface TreeView {
  readonly children: () => readonly ChildSnapshot[];
  readonly ready: () => boolean;
}

/** The HTTP API, ingest backend included. */
export function apiChild(house: House, view: TreeView): WorkerSpec {
  const { config } = house;
  return inProcessChild({
    id: 'api',
    shutdownMs: SHUTDOWN_MS,
    start: async () => {
      const api = await startApi(
        {
          host: config.apiHost,
          port: config.apiPort,
          token: config.apiToken,
          bodyBytesMax: Math.ceil((config.sessionBytesMax * 4) / 3) + BODY_MARGIN_BYTES,
          requestTimeoutMs: REQUEST_TIMEOUT_MS,
        },
        contextOf(house, view),
      );
      return { stop: (signal) => api.close(signal) };
    },
  });
}

function contextOf(house: House, view: TreeView): ApiContext {
  const { store, metrics, ingestDir } = house;
  const logger = house.loggerOf('api');
  const now = (): number => Date.now();
  const pools = (): PoolQueries => requireSlot(house.slots.pools, 'ClickHouse');
  return { store, metrics, logger, ingestDir, now, pools, jobs: jobsPort(house), ...view };
}

/** Reaches the jobs that run now, also after they were restarted. */
function jobsPort({ slots }: House): JobsPort {
  const jobs = (): JobsPort => requireSlot(slots.jobs, 'the jobs actor');
  return {
    submit: async (spec, options) => jobs().submit(spec, options),
    cancel: (jobId) => jobs().cancel(jobId),
    retry: async (jobId) => jobs().retry(jobId),
    watch: (jobId, watcher) => jobs().watch(jobId, watcher),
  };
}
