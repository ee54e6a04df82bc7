import { join, resolve } from 'node:path';
import type { ArchiveLocation, WorkerLimits } from '../model/worker-task.ts';
import type { Config } from './config.ts';

/** The archive that the settings name. Relative folders are made absolute, since a supervisor may run elsewhere. */
export function archiveLocationOf(config: Config): ArchiveLocation {
  return {
    carBase: absoluteBase(config.archiveCarBase),
    indexBase: absoluteBase(config.archiveIndexBase ?? config.archiveCarBase),
    network: config.network,
    cacheDir: resolve(join(config.dataDir, 'cache', 'indexes')),
    forceLegacyIndex: config.forceLegacyIndex,
  };
}

function absoluteBase(base: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(base) ? base : resolve(base);
}

/** Batches a worker hands over: big enough to be cheap, small enough to wait for. */
const BATCH_RECORDS_MAX = 1000;
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
const BATCHES_IN_FLIGHT_MAX = 4;

/** The bounds that the settings put on one worker. */
export function workerLimitsOf(config: Config): WorkerLimits {
  return {
    windowBytes: config.windowBytes,
    sectionBytesMax: config.sectionBytesMax,
    slotRecordsBytesMax: config.slotRecordsBytesMax,
    batchRecordsMax: BATCH_RECORDS_MAX,
    batchBytesMax: BATCH_BYTES_MAX,
    batchesInFlightMax: BATCHES_IN_FLIGHT_MAX,
    slotTriesMax: config.slotTriesMax,
    httpConnectionsMax: config.httpConnectionsMax,
    httpTimeoutMs: config.httpTimeoutMs,
    httpTriesMax: config.httpTriesMax,
  };
}
