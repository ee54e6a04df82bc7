import { join } from 'node:path';
import type { Logger } from 'pino';
import { apiAddressOf } from '../src/config/api-address.ts';
import type { Config } from '../src/config/config.ts';
import { OperatingError } from '../src/core/errors.ts';
import type { CrashPoint } from '../src/ops/crash-point.ts';
import { parseLogLevels } from '../src/ops/log-level.ts';
import { namedLogger } from '../src/ops/logger.ts';
import { createMetrics, type Metrics } from '../src/ops/metrics.ts';
import { joinIngestUrl } from '../src/sinks/ingest-http.ts';
import type { PoolQueries } from '../src/sinks/pool-queries.ts';
import { openStore, type Store } from '../src/store/store.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import type { Delivery } from './delivery.ts';
import type { BookkeepingMirror } from './jobs/job-context.ts';
import type { Jobs } from './jobs/jobs.ts';

/**
 * What lives as long as the process and is shared by the children of the tree: the store, the metrics, the settings.
 * Children that can be restarted put themselves into their slot while they run, so that others always reach the
 * present one.
 */
export interface House {
  readonly config: Config;
  readonly folder: DataFolder;
  /** The log of one child by its id, at the level the user gave to that name. */
  readonly loggerOf: (child: string) => Logger;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly crashPoint: { readonly name: CrashPoint; readonly pass: number } | null;
  /** Whether the jobs actor takes up what an earlier supervisor left unfinished. */
  readonly resumeJobs: boolean;
  readonly ingestTarget: string;
  /** Bearer token sent with files, or null. */
  readonly ingestToken: string | null;
  readonly ingestDir: string;
  readonly slots: HouseSlots;
}

/** Null while the child is not running. */
export interface HouseSlots {
  mirror: BookkeepingMirror | null;
  pools: PoolQueries | null;
  delivery: Delivery | null;
  jobs: Jobs | null;
}

/** SQLite may grow to this; session chunks are freed once they are delivered. */
const STORE_BYTES_MAX = 64 * 2 ** 30;

/** @throws {OperatingError} DATA_FOLDER, DISK_FULL or CONFIG, before anything is started. */
export function openHouse(
  config: Config,
  logger: Logger,
  given: Pick<House, 'crashPoint' | 'resumeJobs'>,
): House {
  const own = apiAddressOf(config);
  const base = config.ingestBaseUrl === '' ? own : config.ingestBaseUrl;
  const ingestTarget = joinIngestUrl(base, config.ingestPath);
  const levels = parseLogLevels(config.logLevel ?? logger.level);
  const folder = openDataFolder(config.dataDir);
  const store = openStore({ folder: folder.root, bytesMax: STORE_BYTES_MAX });
  return {
    ...{ ...given, config, folder, store, ingestTarget },
    loggerOf: (child) => namedLogger(logger, child, levels),
    metrics: createMetrics(),
    ingestToken: config.ingestToken ?? (base === own ? config.apiToken : null),
    ingestDir: config.ingestOutputDir ?? join(folder.root, 'ingest_cache'),
    slots: { mirror: null, pools: null, delivery: null, jobs: null },
  };
}

/** @throws {OperatingError} CHILD_FAILED (retryable) while the child is being restarted. */
export function requireSlot<T>(value: T | null, name: string): T {
  if (value !== null) return value;
  throw new OperatingError('CHILD_FAILED', `${name} is not running; try again in a moment`, {
    retryable: true,
  });
}
