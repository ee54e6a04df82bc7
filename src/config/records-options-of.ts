import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OperatingError } from '../core/errors.ts';
import type { RecordSourceOptions, RecordsOptions } from '../model/records-options.ts';
import type { StreamEndpoint, StreamProtocol } from '../model/stream-frame.ts';
import type { Config } from './config.ts';
import { splitList } from './setting.ts';

/** Lexicons and mappings that come with Millrace. */
const LEXICONS = fileURLToPath(new URL('../../lexicons', import.meta.url));

/**
 * What the record indexer is told, but for what only its starter knows.
 * @throws {OperatingError} CONFIG for addresses and bounds that make no sense together.
 */
export function recordsOptionsOf(
  config: Config,
): Omit<RecordsOptions, 'holder' | 'jitterSecret' | 'crashPoint'> {
  const file = config.recordsDb ?? join(config.dataDir, 'records.sqlite');
  return {
    server: { host: config.metricsHost, port: config.metricsPort, token: config.metricsToken },
    store: {
      databaseUrl: config.databaseUrl,
      sqlitePath: resolve(file),
      pendingMax: config.recordsPendingMax,
    },
    lexiconFolders: [LEXICONS, ...(config.recordsLexicons ?? []).map((folder) => resolve(folder))],
    collections: config.recordsCollections,
    source: recordSourceOf(config),
    batchMax: config.recordsBatchMax,
    retention: {
      keyAgeMs: config.recordsKeyAgeMs,
      pendingAgeMs: config.recordsPendingAgeMs,
      deadLettersMax: config.recordsDeadLettersMax,
    },
    log: recordsLogOf(config),
  };
}

function recordSourceOf(config: Config): RecordSourceOptions {
  const { queuePauseAt: pauseAt, queueResumeAt: resumeAt, queueMax } = config;
  if (resumeAt >= pauseAt || pauseAt > queueMax) {
    throw new OperatingError(
      'CONFIG',
      `MILLRACE_RECORDS_RESUME_AT, _PAUSE_AT and _QUEUE_MAX: expected resume < pause <= most, received ${resumeAt}, ${pauseAt}, ${queueMax}`,
      { retryable: false },
    );
  }
  const endpoints = endpointsOf(config);
  return {
    stream: config.recordsStream,
    endpoints,
    from: null,
    dids: config.recordsDids ?? [],
    compress: compresses(config, endpoints),
    ...{ pauseAt, resumeAt, queueMax },
    queueBytesMax: config.queueBytesMax,
    pauseMaxMs: config.queuePauseMaxMs,
    idleTimeoutMs: config.streamIdleMs,
    attemptsMax: config.streamAttemptsMax === 0 ? null : config.streamAttemptsMax,
    messageBytesMax: config.messageBytesMax,
    leaseMs: config.recordsLeaseMs,
  };
}

function endpointsOf({ jetstreamUrl, recordsProtocol }: Config): StreamEndpoint[] {
  return splitList(jetstreamUrl).map((url) => {
    const parsed = URL.canParse(url) ? new URL(url) : null;
    if (parsed === null || !['ws:', 'wss:'].includes(parsed.protocol)) {
      throw new OperatingError(
        'CONFIG',
        `JETSTREAM_URL: expected addresses that begin with ws:// or wss://, received ${parsed === null ? 'what is no address' : `one that begins with ${parsed.protocol}//`}`,
        { retryable: false },
      );
    }
    const protocol = recordsProtocol === 'auto' ? protocolOf(parsed) : recordsProtocol;
    return { url, protocol };
  });
}

function protocolOf({ pathname }: URL): StreamProtocol {
  if (pathname.endsWith('subscribeRepos')) return 'firehose';
  return pathname.endsWith('subscribeEvents') ? 'v2' : 'v1';
}

/** Compression costs the processor some time and saves more than half of the bytes: no gain on one machine. */
function compresses({ recordsCompress }: Config, endpoints: readonly StreamEndpoint[]): boolean {
  if (recordsCompress !== 'auto') return recordsCompress === 'on';
  const local = /^(localhost|127\.|\[::1\])/;
  return !endpoints.every(({ url }) => local.test(new URL(url).hostname));
}

function recordsLogOf({ subcultEnv, logLevel }: Config): RecordsOptions['log'] {
  if (subcultEnv === null || subcultEnv === 'production')
    return { level: logLevel, format: 'json' };
  return { level: logLevel ?? 'debug', format: 'pretty' };
}
