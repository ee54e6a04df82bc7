import { join, resolve } from 'node:path';
import type { SinkOptions } from '../model/sink-options.ts';
import type { StatsClickhouse } from '../model/stats-task.ts';
import type { NatsTarget } from '../model/swaps-task.ts';
import type { ArchiveLocation, WorkerLimits } from '../model/worker-task.ts';
import type { Config } from './config.ts';
import { natsLinkOf } from './nats-link-of.ts';

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

const CLICKHOUSE_REQUEST_TIMEOUT_MS = 30_000;
/** With these pauses a request outlives a restart of the server, some seconds, and no more. */
const CLICKHOUSE_TRIES_MAX = 6;
const CLICKHOUSE_BACKOFF = { firstMs: 250, maxMs: 4_000 };

/** How anybody here talks to ClickHouse. */
export function clickhouseLinkOf(config: Config, dsn: string) {
  return {
    dsn,
    database: config.clickhouseDatabase,
    requestTimeoutMs: CLICKHOUSE_REQUEST_TIMEOUT_MS,
    triesMax: CLICKHOUSE_TRIES_MAX,
    backoff: CLICKHOUSE_BACKOFF,
  };
}

/** Batches of statistics: every insert makes a part that the server has to merge, and two keep it busy. */
const STATS_BATCH_ROWS_MAX = 50_000;
const STATS_BATCH_BYTES_MAX = 4 * 1024 * 1024;
const STATS_BATCHES_IN_FLIGHT_MAX = 2;

/** Where workers write statistics to, and the bounds of what is under way. */
export function statsClickhouseOf(config: Config, dsn: string): StatsClickhouse {
  return {
    ...clickhouseLinkOf(config, dsn),
    batchRowsMax: STATS_BATCH_ROWS_MAX,
    batchBytesMax: STATS_BATCH_BYTES_MAX,
    batchesInFlightMax: STATS_BATCHES_IN_FLIGHT_MAX,
  };
}

/** Where workers write swaps to when they do so themselves, in batches as large as the sink's. */
export function swapsClickhouseOf(config: Config, dsn: string): StatsClickhouse {
  return {
    ...statsClickhouseOf(config, dsn),
    batchRowsMax: config.sinkBatchRows,
    batchBytesMax: config.sinkBatchBytes,
  };
}

/** Where workers publish swaps to, and the bounds of what is under way. */
export function natsTargetOf(config: Config, url: string): NatsTarget {
  return {
    link: natsLinkOf(config, url),
    windowMax: config.publishWindow,
    backlogMax: config.swapsBacklogMax,
    backlogResume: config.swapsBacklogResume,
  };
}

/** What the process that brings swaps into ClickHouse is told; `natsUrl` is null without NATS. */
export function sinkOptionsOf(
  config: Config,
  services: { readonly clickhouseDsn: string; readonly natsUrl: string | null },
): Omit<SinkOptions, 'crashPoint' | 'definitionsFolder'> {
  const { clickhouseDsn, natsUrl } = services;
  return {
    port: config.sinkPort,
    nats: natsUrl === null ? null : natsLinkOf(config, natsUrl),
    clickhouse: statsClickhouseOf(config, clickhouseDsn),
    batch: {
      rowsMax: config.sinkBatchRows,
      bytesMax: config.sinkBatchBytes,
      ageMs: config.sinkBatchAgeMs,
    },
    latenessSeconds: config.candleLatenessSeconds,
  };
}
