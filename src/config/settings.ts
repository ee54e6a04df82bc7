import { availableParallelism } from 'node:os';
import { recordsSettings } from './records-settings.ts';
import {
  byteSize,
  choice,
  filledText,
  flag,
  integer,
  nullableText,
  optionalText,
  publicKeys,
  type Setting,
  text,
} from './setting.ts';
import { streamSettings } from './stream-settings.ts';

/** Every name the environment may set, with its default. docs/COMPATIBILITY.md is checked against this table. */

const PORT = { min: 1, max: 65_535 };
const MIB = 2 ** 20;

/** Names of the IQ plugin (12g8ge/jetstreamer_instruction_parse), kept in meaning. */
const iqSettings = {
  iqPrograms: publicKeys(
    'IQ_PROGRAM_ID',
    'IQ program ids to read, comma separated; empty: all known',
  ),
  iqSessions: publicKeys('IQ_SESSION_PDA_LIST', 'only these session accounts, comma separated'),
  iqReaderMode: choice(
    'IQ_READER_MODE',
    'auto',
    ['auto', 'pinocchio', 'legacy', 'code-in', 'passthrough'],
    'how instruction layouts are chosen; auto goes by program id',
  ),
  ingestBaseUrl: filledText(
    'IQ_READER_BASE_URL',
    '',
    'where finished files are posted; default: our own API',
  ),
  ingestPath: filledText(
    'IQ_READER_ENDPOINT_PATH',
    '/api/v2/inscribe/ingest',
    'path of the ingest endpoint',
  ),
  ingestOutputDir: optionalText(
    'IQ_INGEST_OUTPUT_DIR',
    'where our own ingest backend writes files; default: ingest_cache in the data folder',
  ),
  rpcUrl: filledText(
    ['IQ_RPC_URL', 'SOLANA_RPC_URL'],
    'https://api.mainnet-beta.solana.com',
    'Solana JSON-RPC endpoint',
  ),
};

/** Names of Jetstreamer (anza-xyz/jetstreamer), kept in meaning. */
const jetstreamerSettings = {
  threads: integer(
    'JETSTREAMER_THREADS',
    availableParallelism(),
    { min: 1, max: 256 },
    'worker threads; default: one per core',
  ),
  clickhouseMode: text(
    'JETSTREAMER_CLICKHOUSE_MODE',
    'auto',
    'auto, remote, local, off or embedded, in all of Jetstreamer’s spellings',
  ),
  clickhouseDsn: nullableText(
    'JETSTREAMER_CLICKHOUSE_DSN',
    'ClickHouse HTTP address for mode remote; an empty text turns ClickHouse off',
  ),
  archiveCarBase: filledText(
    ['JETSTREAMER_HTTP_BASE_URL', 'JETSTREAMER_ARCHIVE_BASE'],
    'https://files.old-faithful.net',
    'folder or URL of the archive',
  ),
  archiveIndexBase: optionalText(
    ['JETSTREAMER_COMPACT_INDEX_BASE_URL', 'JETSTREAMER_ARCHIVE_BASE'],
    'folder or URL of the indexes; default: the archive’s',
  ),
  network: filledText('JETSTREAMER_NETWORK', 'mainnet', 'part of the legacy index file names'),
  forceLegacyIndex: flag('JETSTREAMER_FORCE_LEGACY_INDEX', false, 'do not use slot-ranges.raw'),
};

const ownSettings = {
  dataDir: filledText(
    'MILLRACE_DATA_DIR',
    'data',
    'run-time state: SQLite, logs, caches, services',
  ),
  apiHost: filledText('MILLRACE_API_HOST', '127.0.0.1', 'address the API listens on'),
  apiPort: integer('MILLRACE_API_PORT', 8080, PORT, 'port of the API'),
  apiToken: optionalText(
    ['MILLRACE_API_TOKEN', 'INTERNAL_AUTH_TOKEN'],
    'bearer token; required beyond loopback',
  ),
  ingestToken: optionalText(
    'MILLRACE_INGEST_TOKEN',
    'bearer token sent with finished files; default: the API’s when posting to it',
  ),
  clickhousePort: integer(
    'MILLRACE_CLICKHOUSE_PORT',
    8123,
    PORT,
    'HTTP port of the local ClickHouse',
  ),
  clickhouseBin: optionalText('MILLRACE_CLICKHOUSE_BIN', 'path of a clickhouse binary'),
  clickhouseDatabase: filledText(
    'MILLRACE_CLICKHOUSE_DATABASE',
    'millrace',
    'database of our tables',
  ),
  natsUrl: optionalText('NATS_URL', 'use this NATS server and start none'),
  natsMode: choice('MILLRACE_NATS_MODE', 'auto', ['auto', 'off'], 'off runs without NATS'),
  natsBin: optionalText(['MILLRACE_NATS_BIN', 'NATS_SERVER_BIN'], 'path of a nats-server binary'),
  natsPort: integer('MILLRACE_NATS_PORT', 4222, PORT, 'port of the local NATS'),
  natsMonitorPort: integer(
    'MILLRACE_NATS_MONITOR_PORT',
    8222,
    PORT,
    'monitoring port of the local NATS',
  ),
  verify: choice('MILLRACE_VERIFY', 'all', ['all', 'used', 'none'], 'which CIDs are checked'),
  shardBytes: byteSize(
    'MILLRACE_SHARD_BYTES',
    256 * MIB,
    { min: MIB, max: 2 ** 40 },
    'bytes a shard aims at',
  ),
  shardSlots: integer(
    'MILLRACE_SHARD_SLOTS',
    20_000,
    { min: 1, max: 432_000 },
    'most slots in a shard',
  ),
  windowBytes: byteSize(
    'MILLRACE_WINDOW_BYTES',
    256 * 1024,
    { min: 65_536, max: 2 ** 26 },
    'read window of a worker',
  ),
  sectionBytesMax: byteSize(
    'MILLRACE_SECTION_BYTES_MAX',
    32 * MIB,
    { min: MIB, max: 2 ** 30 },
    'largest archive section believed',
  ),
  slotRecordsBytesMax: byteSize(
    'MILLRACE_SLOT_RECORDS_BYTES_MAX',
    64 * MIB,
    { min: MIB, max: 2 ** 30 },
    'most bytes of results one slot may hold',
  ),
  slotTriesMax: integer(
    'MILLRACE_SLOT_TRIES',
    3,
    { min: 1, max: 100 },
    'tries before a slot goes to quarantine',
  ),
  shardTriesMax: integer(
    'MILLRACE_SHARD_TRIES',
    5,
    { min: 1, max: 1000 },
    'tries before a shard fails its job',
  ),
  httpConnectionsMax: integer(
    'MILLRACE_HTTP_CONNECTIONS',
    4,
    { min: 1, max: 64 },
    'archive connections per worker',
  ),
  httpTimeoutMs: integer(
    'MILLRACE_HTTP_TIMEOUT_MS',
    15_000,
    { min: 100, max: 600_000 },
    'silence after which a connection is given up',
  ),
  httpTriesMax: integer('MILLRACE_HTTP_TRIES', 8, { min: 1, max: 100 }, 'tries of one request'),
  rpcRequestsPerSecond: integer(
    'MILLRACE_RPC_REQUESTS_PER_SECOND',
    10,
    { min: 1, max: 10_000 },
    'bound on RPC requests',
  ),
  rpcConcurrency: integer(
    'MILLRACE_RPC_CONCURRENCY',
    4,
    { min: 1, max: 256 },
    'RPC requests in flight',
  ),
  sessionChunksMax: integer(
    'MILLRACE_SESSION_CHUNKS_MAX',
    1_000_000,
    { min: 1, max: 2 ** 32 },
    'most chunks a session may claim',
  ),
  sessionBytesMax: byteSize(
    'MILLRACE_SESSION_BYTES_MAX',
    256 * MIB,
    { min: 1024, max: 2 ** 31 },
    'largest file that is rebuilt',
  ),
  deliveryConcurrency: integer(
    'MILLRACE_DELIVERY_CONCURRENCY',
    2,
    { min: 1, max: 64 },
    'files delivered at once',
  ),
  deliveryTriesMax: integer(
    'MILLRACE_DELIVERY_TRIES',
    12,
    { min: 1, max: 1000 },
    'tries before a delivery is a dead letter',
  ),
  deliveryTimeoutMs: integer(
    'MILLRACE_DELIVERY_TIMEOUT_MS',
    60_000,
    { min: 100, max: 3_600_000 },
    'longest wait for the ingest endpoint',
  ),
  deliveryRetryMs: integer(
    'MILLRACE_DELIVERY_RETRY_MS',
    1_000,
    { min: 1, max: 3_600_000 },
    'first pause before another try',
  ),
  drainTimeoutMs: integer(
    'MILLRACE_DRAIN_TIMEOUT_MS',
    20_000,
    { min: 0, max: 600_000 },
    'longest orderly stop of running shards',
  ),
  crashPoint: optionalText(
    'MILLRACE_CRASH_POINT',
    'for tests: name[:count] of a point at which the process kills itself',
  ),
  logLevel: optionalText(
    ['LOG_LEVEL', 'RUST_LOG'],
    'log level; RUST_LOG’s target=level form is understood',
  ),
};

export const settings = {
  ...iqSettings,
  ...jetstreamerSettings,
  ...ownSettings,
  ...streamSettings,
  ...recordsSettings,
} satisfies Record<string, Setting<unknown>>;
