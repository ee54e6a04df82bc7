import { OperatingError } from '../../src/core/errors.ts';
import { findProgram, readProgramVersion } from './find-program.ts';

/** Which NATS is used: somebody else's, a nats-server of ours, or none. */
export type NatsChoice =
  | { readonly type: 'off' }
  | { readonly type: 'external'; readonly url: string }
  | LocalNats;

/** One that runs as a child of ours; `url` is where clients will reach it. */
export interface LocalNats {
  readonly type: 'binary';
  readonly url: string;
  readonly path: string;
  readonly port: number;
  readonly monitorPort: number;
}

export interface NatsChoiceOptions {
  readonly mode: 'auto' | 'off';
  /** A server that already runs; none is started then. */
  readonly url: string | null;
  readonly port: number;
  readonly monitorPort: number;
  readonly binPath: string | null;
  readonly binDir: string;
}

/** The oldest version on which everything used here was seen to work. */
const VERSION_MIN = { major: 2, minor: 9 };

/** @throws {OperatingError} BINARY_MISSING or BINARY_VERSION, each with a remedy. */
export async function chooseNats(
  options: NatsChoiceOptions,
  signal: AbortSignal,
): Promise<NatsChoice> {
  const { mode, url, port, monitorPort, binPath, binDir } = options;
  if (mode === 'off') return { type: 'off' };
  if (url !== null) return { type: 'external', url };
  const query = { name: 'nats-server', configured: binPath, binDir };
  const found = await findProgram(query, signal);
  if (found === null) throw missing(binPath, binDir);
  await assertNatsVersion(found.path, signal);
  const local = { path: found.path, port, monitorPort };
  return { type: 'binary', url: `nats://127.0.0.1:${port}`, ...local };
}

/** @throws {OperatingError} BINARY_VERSION when the program is older than what is relied on. */
export async function assertNatsVersion(path: string, signal: AbortSignal): Promise<string> {
  const version = await readProgramVersion(path, ['--version'], signal);
  const { major, minor } = VERSION_MIN;
  const good =
    version !== null &&
    (version.major > major || (version.major === major && version.minor >= minor));
  if (good) return version.text;
  throw new OperatingError(
    'BINARY_VERSION',
    `checking ${path}: expected nats-server ${major}.${minor} or newer, received ${version?.text ?? 'no version'}; run "npx millrace doctor --fix" for a newer one, or name one in MILLRACE_NATS_BIN`,
    { retryable: false, fields: { path, version: version?.text ?? null } },
  );
}

function missing(configured: string | null, binDir: string): OperatingError {
  const where = configured === null ? `in ${binDir} and on the PATH` : `at ${configured}`;
  return new OperatingError(
    'BINARY_MISSING',
    `looking for nats-server ${where}: found none that can be run; run "npx millrace doctor --fix" to get one without root, or set NATS_URL, or run without by MILLRACE_NATS_MODE=off`,
    { retryable: false, fields: { path: configured } },
  );
}
