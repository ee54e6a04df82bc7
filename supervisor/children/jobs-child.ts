import { join } from 'node:path';
import type { Logger } from 'pino';
import { workerLimitsOf } from '../../src/config/worker-options-of.ts';
import type { WorkerSpec } from '../child-spec.ts';
import { type House, requireSlot } from '../house.ts';
import { inProcessChild } from '../in-process-child.ts';
import type { JobContext } from '../jobs/job-context.ts';
import { Jobs } from '../jobs/jobs.ts';
import { WorkerPool } from '../jobs/worker-pool.ts';

/** What jobs reach outside this process; each is null where it does not run. */
export type JobServices = Pick<JobContext, 'statsClickhouse' | 'swapsClickhouse' | 'nats' | 'sink'>;

/** Time beyond the drain for the threads themselves to end. */
const POOL_SHUTDOWN_MS = 5_000;

/**
 * The worker pool and the jobs that use it. Stops first, so that nothing new reaches the other children.
 */
export function jobsChild(house: House, services: JobServices): WorkerSpec {
  const { config } = house;
  const logger = house.loggerOf('jobs');
  return inProcessChild({
    id: 'jobs',
    shutdownMs: config.drainTimeoutMs + POOL_SHUTDOWN_MS,
    start: async () => {
      const pool = new WorkerPool({ threads: config.threads, crashPoint: house.crashPoint });
      const jobs = new Jobs({ ...contextOf(house, pool), ...services, logger });
      house.slots.jobs = jobs;
      const resumed = house.resumeJobs ? jobs.resume() : 0;
      if (resumed > 0) logger.info({ jobs: resumed }, `resuming ${resumed} unfinished jobs`);
      return { stop: (signal) => stopJobs({ house, jobs, pool, logger }, signal) };
    },
  });
}

interface RunningJobs {
  readonly house: House;
  readonly jobs: Jobs;
  readonly pool: WorkerPool;
  readonly logger: Logger;
}

/** Running shards get the drain time to stop between two slots; then their threads are ended. */
async function stopJobs(running: RunningJobs, signal: AbortSignal): Promise<void> {
  const { house, jobs, pool, logger } = running;
  house.slots.jobs = null;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(house.config.drainTimeoutMs)]);
  const cut = new Promise<void>((resolve) => {
    if (limit.aborted) resolve();
    else limit.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([jobs.drain(), cut]);
  const buffered = house.store.sessionResults.countByState().incomplete;
  if (buffered > 0) {
    logger.warn({ sessions: buffered }, `sessions still buffered at shutdown: ${buffered}`);
  }
  await pool.destroy();
}

function contextOf(house: House, pool: WorkerPool): Omit<JobContext, 'logger' | keyof JobServices> {
  const { config, store, metrics, slots, ingestTarget } = house;
  return {
    ...{ store, pool, metrics, ingestTarget },
    delivery: {
      wake: () => slots.delivery?.wake(),
      drain: (awaited, signal) => requireSlot(slots.delivery, 'delivery').drain(awaited, signal),
      onDelivered: (listener) => {
        const { events } = requireSlot(slots.delivery, 'delivery');
        events.on('delivered', listener);
        return () => events.off('delivered', listener);
      },
    },
    mirror: () => slots.mirror,
    limits: workerLimitsOf(config),
    rpc: {
      requestsPerSecond: config.rpcRequestsPerSecond,
      concurrency: config.rpcConcurrency,
      timeoutMs: config.httpTimeoutMs,
      triesMax: config.httpTriesMax,
    },
    follow: {
      folder: join(house.folder.root, 'follow'),
      batchSlots: config.followBatchSlots,
      pollMs: config.followPollMs,
    },
    followers: new Set(),
    threads: config.threads,
    shardBytesTarget: config.shardBytes,
    shardSlotsMax: config.shardSlots,
    shardTriesMax: config.shardTriesMax,
    chunksMax: config.sessionChunksMax,
    fileBytesMax: config.sessionBytesMax,
    hintsPath: join(house.folder.root, 'missing_sessions.log'),
    now: () => Date.now(),
    random: Math.random,
  };
}
