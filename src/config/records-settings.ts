import {
  byteSize,
  choice,
  filledText,
  flag,
  integer,
  optionalText,
  type Setting,
  splitList,
} from './setting.ts';

const PORT = { min: 1, max: 65_535 };
const MIB = 2 ** 20;
const HOUR_MS = 3_600_000;

/** Names and defaults of the seed (subculture-collective/subcults, its indexer), kept in meaning. */
const seedSettings = {
  jetstreamUrl: filledText(
    'JETSTREAM_URL',
    'wss://jetstream1.us-east.bsky.network/subscribe',
    'streams of AT Protocol, comma separated: one is used, the others stand in for it',
  ),
  databaseUrl: optionalText(
    'DATABASE_URL',
    'PostgreSQL with PostGIS for records; default: an SQLite file in the data folder',
  ),
  metricsPort: integer('METRICS_PORT', 9090, PORT, 'port of the indexer’s health and metrics'),
  metricsToken: optionalText(
    'INTERNAL_AUTH_TOKEN',
    'token that X-Internal-Token must carry for the indexer’s metrics',
  ),
  subcultEnv: optionalText(
    'SUBCULT_ENV',
    'production: the indexer logs JSON at level info; anything else: text at level debug',
  ),
};

/** Words separated by commas; none is null. */
function wordList(name: string, help: string): Setting<readonly string[] | null> {
  const parse = (value: string): string[] | null => {
    const words = splitList(value);
    return words.length === 0 ? null : words;
  };
  return { names: [name], fallback: null, help, parse };
}

/** How records of AT Protocol are taken in, checked and kept. */
export const recordsSettings = {
  ...seedSettings,
  records: flag('MILLRACE_RECORDS', false, 'run the record indexer as a child of the supervisor'),
  recordsProtocol: choice(
    'MILLRACE_RECORDS_PROTOCOL',
    'auto',
    ['auto', 'v1', 'v2', 'firehose'],
    'what the stream speaks; auto goes by the address',
  ),
  recordsStream: filledText(
    'MILLRACE_RECORDS_STREAM',
    'jetstream',
    'name that the cursor and the lease are kept under; one instance of a name writes at a time',
  ),
  recordsLexicons: wordList(
    'MILLRACE_RECORDS_LEXICONS',
    'folders of lexicons and mappings besides those of Millrace, comma separated',
  ),
  recordsCollections: wordList(
    'MILLRACE_RECORDS_COLLECTIONS',
    'index only these collections, comma separated; default: all that there are mappings for',
  ),
  recordsDids: wordList('MILLRACE_RECORDS_DIDS', 'index only these accounts, comma separated'),
  recordsDb: optionalText(
    'MILLRACE_RECORDS_DB',
    'path of the SQLite file; default: records.sqlite in the data folder',
  ),
  recordsCompress: choice(
    'MILLRACE_RECORDS_COMPRESS',
    'auto',
    ['auto', 'on', 'off'],
    'zstd on the wire; auto: unless the stream is on this machine',
  ),
  metricsHost: filledText(
    'MILLRACE_METRICS_HOST',
    '127.0.0.1',
    'address of the indexer’s health and metrics',
  ),
  jitterSecret: optionalText(
    'MILLRACE_JITTER_SECRET',
    'key of the places that are shown without consent; default: made once, kept in the data folder',
  ),
  queuePauseAt: integer(
    'MILLRACE_RECORDS_PAUSE_AT',
    1000,
    { min: 1, max: 1_000_000 },
    'waiting messages at which the stream is paused',
  ),
  queueResumeAt: integer(
    'MILLRACE_RECORDS_RESUME_AT',
    100,
    { min: 0, max: 1_000_000 },
    'waiting messages at which it goes on',
  ),
  queueMax: integer(
    'MILLRACE_RECORDS_QUEUE_MAX',
    2000,
    { min: 1, max: 2_000_000 },
    'most messages that wait',
  ),
  queueBytesMax: byteSize(
    'MILLRACE_RECORDS_QUEUE_BYTES',
    64 * MIB,
    { min: 65_536, max: 2 ** 32 },
    'waiting bytes at which the stream is paused',
  ),
  queuePauseMaxMs: integer(
    'MILLRACE_RECORDS_PAUSE_MAX_MS',
    30_000,
    { min: 100, max: 3_600_000 },
    'longest pause; then the connection is closed, and resumed by cursor',
  ),
  streamIdleMs: integer(
    'MILLRACE_RECORDS_IDLE_MS',
    60_000,
    { min: 100, max: 3_600_000 },
    'silence after which the connection is made anew',
  ),
  streamAttemptsMax: integer(
    'MILLRACE_RECORDS_ATTEMPTS_MAX',
    0,
    { min: 0, max: 1_000_000 },
    'connections that may fail one after another before the indexer ends; 0: never',
  ),
  messageBytesMax: byteSize(
    'MILLRACE_RECORDS_MESSAGE_BYTES',
    4 * MIB,
    { min: 1024, max: 64 * MIB },
    'longest message that is read',
  ),
  recordsBatchMax: integer(
    'MILLRACE_RECORDS_BATCH',
    500,
    { min: 1, max: 10_000 },
    'most messages of one transaction',
  ),
  recordsLeaseMs: integer(
    'MILLRACE_RECORDS_LEASE_MS',
    15_000,
    { min: 300, max: 600_000 },
    'silence of the writing instance after which another takes over',
  ),
  recordsKeyAgeMs: integer(
    'MILLRACE_RECORDS_KEY_AGE_MS',
    72 * HOUR_MS,
    { min: 1000, max: 10_000 * HOUR_MS },
    'how long idempotency keys are kept; order does not depend on them',
  ),
  recordsPendingAgeMs: integer(
    'MILLRACE_RECORDS_PENDING_AGE_MS',
    7 * 24 * HOUR_MS,
    { min: 1000, max: 10_000 * HOUR_MS },
    'how long a record waits for one that it refers to',
  ),
  recordsPendingMax: integer(
    'MILLRACE_RECORDS_PENDING_MAX',
    100_000,
    { min: 0, max: 100_000_000 },
    'most records that wait so',
  ),
  recordsDeadLettersMax: integer(
    'MILLRACE_RECORDS_DEAD_LETTERS_MAX',
    100_000,
    { min: 0, max: 100_000_000 },
    'most rejected records, and most refused ones, that are kept; the oldest go first',
  ),
};
