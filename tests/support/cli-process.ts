import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { SessionResult } from '../../src/model/session-result.ts';
import { freePort } from './free-port.ts';
import { tempFolder } from './temp-folder.ts';

/** The command line as a user types it: a process of its own, in a data folder and on a port of its own. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

const COMMAND_MS_MAX = 60_000;

export const SAMPLES = 'data/samples';

export interface CliHome {
  readonly dataDir: string;
  readonly ingestDir: string;
  readonly missingLog: string;
  readonly api: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface CliExit {
  /** The signal's name when one ended the process. */
  readonly code: number | string | null;
  readonly out: string;
  readonly notes: string;
  /** Lines on stdout as `--json` prints them. */
  sessions(): SessionResult[];
}

export interface CliProcess {
  readonly pid: number;
  readonly exited: Promise<CliExit>;
  /** What stands on stdout and on stderr so far. */
  out(): string;
  notes(): string;
  kill(signal: NodeJS.Signals): void;
}

/** Settings for a tree without services; `env` adds to them. */
export async function cliHome(
  t: TestContext,
  env: Readonly<Record<string, string>> = {},
): Promise<CliHome> {
  const dataDir = join(tempFolder(t), 'data');
  const port = String(await freePort());
  return {
    dataDir,
    ingestDir: join(dataDir, 'ingest_cache'),
    missingLog: join(dataDir, 'missing_sessions.log'),
    api: `http://127.0.0.1:${port}`,
    env: {
      PATH: process.env['PATH'] ?? '',
      MILLRACE_DATA_DIR: dataDir,
      MILLRACE_API_PORT: port,
      JETSTREAMER_CLICKHOUSE_MODE: 'off',
      MILLRACE_NATS_MODE: 'off',
      JETSTREAMER_THREADS: '2',
      // Nothing here may reach the network, whatever a test forgets to say.
      IQ_RPC_URL: 'http://127.0.0.1:9',
      ...env,
    },
  };
}

/** Starts a command; whatever is left of it ends with the test. */
export function startCli(
  t: TestContext,
  home: CliHome,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): CliProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...words], {
    cwd: ROOT,
    env: { ...home.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A command that hangs fails its test instead of holding it up.
    ...{ timeout: COMMAND_MS_MAX, killSignal: 'SIGKILL' },
  });
  t.after(() => child.kill('SIGKILL'));
  let out = '';
  let notes = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    notes += text;
  });
  return {
    pid: child.pid ?? -1,
    exited: exitOf(child).then((code) => ({ code, out, notes, sessions: () => jsonLines(out) })),
    out: () => out,
    notes: () => notes,
    kill: (signal) => void child.kill(signal),
  };
}

export function runCli(
  t: TestContext,
  home: CliHome,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliExit> {
  return startCli(t, home, words, env).exited;
}

async function exitOf(child: ChildProcess): Promise<number | string | null> {
  const [code, signal] = await once(child, 'close');
  return signal ?? code;
}

function jsonLines(text: string): SessionResult[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}
