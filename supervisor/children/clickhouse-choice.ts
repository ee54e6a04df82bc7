import { OperatingError } from '../../src/core/errors.ts';
import type { ClickhouseMode } from './clickhouse-mode.ts';
import { ENGINE_PACKAGE, findEmbeddedEngine } from './embedded-engine.ts';
import { findProgram, readProgramVersion } from './find-program.ts';

/** Which ClickHouse is used: somebody else's, a program of this machine, the engine from npm, or none. */
export type ClickhouseChoice =
  | { readonly type: 'off' }
  | { readonly type: 'remote'; readonly dsn: string }
  | LocalClickhouse;

/** One that runs as a child of ours; `dsn` is where it will answer. */
export type LocalClickhouse =
  | { readonly type: 'binary'; readonly dsn: string; readonly port: number; readonly path: string }
  | {
      readonly type: 'embedded';
      readonly dsn: string;
      readonly port: number;
      readonly library: string;
    };

export interface ClickhouseChoiceOptions {
  readonly mode: ClickhouseMode;
  /** Null: none given. An empty text switches ClickHouse off, as in Jetstreamer. */
  readonly dsn: string | null;
  /** HTTP port of a local one when the DSN names none. */
  readonly port: number;
  readonly binPath: string | null;
  readonly binDir: string;
}

/** Older servers lack query parameters, DateTime64 and codecs that the tables and clients need. */
const VERSION_MAJOR_MIN = 24;

const DEFAULT_DSN = 'http://127.0.0.1:8123';

/**
 * @param say takes sentences about what was passed over and why.
 * @throws {OperatingError} CONFIG, BINARY_MISSING or BINARY_VERSION, each with a remedy.
 */
export async function chooseClickhouse(
  options: ClickhouseChoiceOptions,
  say: (sentence: string) => void,
  signal: AbortSignal,
): Promise<ClickhouseChoice> {
  const { mode } = options;
  const dsn = parseDsn(options.dsn);
  if (mode === 'off' || dsn === 'empty') return { type: 'off' };
  const foreign = dsn !== null && !isLoopback(dsn.hostname);
  if (mode === 'remote' || (mode === 'auto' && foreign)) {
    // Paths such as /ping are put behind it.
    return { type: 'remote', dsn: (options.dsn ?? DEFAULT_DSN).replace(/\/+$/, '') };
  }
  const port = dsn === null || foreign ? options.port : Number(dsn.port || 80);
  const local = { dsn: `http://127.0.0.1:${port}`, port };
  if (mode !== 'embedded') {
    const path = await findServer(options, say, signal);
    if (path !== null) return { type: 'binary', ...local, path };
  }
  const library = findEmbeddedEngine();
  if (library === null) throw nothingFound();
  return { type: 'embedded', ...local, library };
}

async function findServer(
  options: ClickhouseChoiceOptions,
  say: (sentence: string) => void,
  signal: AbortSignal,
): Promise<string | null> {
  const query = { name: 'clickhouse', configured: options.binPath, binDir: options.binDir };
  const found = await findProgram(query, signal);
  if (found === null) {
    if (options.binPath !== null) throw configuredMissing(options.binPath);
    return null;
  }
  const version = await readProgramVersion(found.path, ['server', '--version'], signal);
  if (version !== null && version.major >= VERSION_MAJOR_MIN) return found.path;
  const finding = `checking ${found.path}: expected ClickHouse ${VERSION_MAJOR_MIN} or newer (query parameters, DateTime64, codecs), received ${version?.text ?? 'no version'}`;
  if (found.origin === 'configured' || findEmbeddedEngine() === null) {
    throw tooOld(finding, { path: found.path, version: version?.text ?? null });
  }
  say(`${finding}; using the embedded engine instead`);
  return null;
}

function tooOld(
  finding: string,
  fields: { readonly path: string; readonly version: string | null },
): OperatingError {
  const remedy =
    'name a newer one in MILLRACE_CLICKHOUSE_BIN, or take the embedded engine (npm ci without --omit=optional) by JETSTREAMER_CLICKHOUSE_MODE=embedded';
  return new OperatingError('BINARY_VERSION', `${finding}; ${remedy}`, {
    retryable: false,
    fields,
  });
}

function configuredMissing(path: string): OperatingError {
  return new OperatingError(
    'BINARY_MISSING',
    `looking for ClickHouse: expected a program at ${path} (MILLRACE_CLICKHOUSE_BIN), found none that can be run; name another, or leave the setting out to use the embedded engine`,
    { retryable: false, fields: { path } },
  );
}

function nothingFound(): OperatingError {
  return new OperatingError(
    'BINARY_MISSING',
    `looking for ClickHouse: found neither a clickhouse program of version ${VERSION_MAJOR_MIN} or newer nor the npm package ${ENGINE_PACKAGE}; run "npm ci" without --omit=optional, or name a server in JETSTREAMER_CLICKHOUSE_DSN with JETSTREAMER_CLICKHOUSE_MODE=remote, or run without by JETSTREAMER_CLICKHOUSE_MODE=off`,
    { retryable: false },
  );
}

function parseDsn(dsn: string | null): URL | 'empty' | null {
  if (dsn === null) return null;
  if (dsn.trim() === '') return 'empty';
  const url = URL.canParse(dsn) ? new URL(dsn) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new OperatingError(
    'CONFIG',
    'JETSTREAMER_CLICKHOUSE_DSN: expected an http or https address such as http://user:password@host:8123',
    { retryable: false },
  );
}

function isLoopback(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
