import { OperatingError } from '../core/errors.ts';

const NO_RAMP = 'workers are a fixed pool without a ramp';
const NO_S3 = 'archives are read from folders and over HTTP only';

/** Names that Jetstreamer reads and Millrace does not, with what takes their place. Values are never shown: some are secrets. */
export const unhonouredNames: Readonly<Record<string, string>> = {
  JETSTREAMER_SEQUENTIAL:
    'every shard is read in order; one worker (JETSTREAMER_THREADS=1) reads all of them so',
  JETSTREAMER_REVERSE: 'shards are read forwards; results do not depend on the order',
  JETSTREAMER_BUFFER_WINDOW:
    'read-ahead has a small fixed bound; MILLRACE_HTTP_CONNECTIONS says how many parts are under way',
  JETSTREAMER_NETWORK_CAPACITY_MB:
    'the number of workers is JETSTREAMER_THREADS or the number of cores',
  JETSTREAMER_SPAWN_PENDING: NO_RAMP,
  JETSTREAMER_SPAWN_GRACE_SECS: NO_RAMP,
  JETSTREAMER_RECYCLE_PCT:
    'connections are given up after MILLRACE_HTTP_TIMEOUT_MS without progress',
  JETSTREAMER_S3_BUCKET: NO_S3,
  JETSTREAMER_S3_PREFIX: NO_S3,
  JETSTREAMER_S3_INDEX_PREFIX: NO_S3,
  JETSTREAMER_S3_REGION: NO_S3,
  JETSTREAMER_S3_ENDPOINT: NO_S3,
  JETSTREAMER_S3_ACCESS_KEY: NO_S3,
  JETSTREAMER_S3_SECRET_KEY: NO_S3,
  JETSTREAMER_S3_SESSION_TOKEN: NO_S3,
};

const ARCHIVE_BACKEND = 'JETSTREAMER_ARCHIVE_BACKEND';
const BASE_NAMES = [
  'JETSTREAMER_ARCHIVE_BASE',
  'JETSTREAMER_HTTP_BASE_URL',
  'JETSTREAMER_COMPACT_INDEX_BASE_URL',
];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Says which of these names are set, so that nobody waits for their effect.
 * @throws {OperatingError} CONFIG where an S3 archive is asked for: another one must not be read in its place.
 */
export function checkUnhonouredNames(
  environment: Environment,
  warn: (sentence: string) => void,
): void {
  const backend = environment[ARCHIVE_BACKEND]?.trim().toLowerCase() ?? '';
  if (backend !== '' && backend !== 'http') throw noSuchBackend(ARCHIVE_BACKEND, backend);
  for (const name of BASE_NAMES) {
    if (/^s3:\/\//i.test(environment[name]?.trim() ?? '')) throw noSuchBackend(name, 's3');
  }
  for (const [name, instead] of Object.entries(unhonouredNames)) {
    if ((environment[name] ?? '').trim() !== '') warn(`${name}: has no effect here; ${instead}`);
  }
}

function noSuchBackend(name: string, backend: string): OperatingError {
  return new OperatingError(
    'CONFIG',
    `${name}: expected an archive in a folder or behind http(s), received backend ${backend}; most S3 stores also answer over HTTPS, which JETSTREAMER_ARCHIVE_BASE takes`,
    { retryable: false, fields: { name, backend } },
  );
}
