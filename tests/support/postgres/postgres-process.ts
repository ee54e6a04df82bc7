import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { Client } from 'pg';
import { findSetpriv } from '../../../supervisor/process-child.ts';
import { processAlive } from '../process-alive.ts';
import { until } from '../until.ts';
import type { PostgresInstall } from './postgres-install.ts';
import { serverUser } from './server-user.ts';

export interface PostgresFolder {
  readonly install: PostgresInstall;
  /** Holds the folder `data` and the file `log`. */
  readonly folder: string;
  readonly port: number;
}

export interface PostgresProcess {
  readonly pid: number;
  /** Resolves when the server and all its processes have ended. */
  readonly stop: (signal: NodeJS.Signals) => Promise<void>;
}

/** Small, on this machine only, as safe as in production, and without a need for time zone files. */
function serverArgs({ folder, port }: PostgresFolder): readonly string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: '16MB',
    fsync: 'on',
    timezone: 'GMT',
    log_timezone: 'GMT',
  };
  const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', join(folder, 'data'), '-p', String(port), ...given];
}

/**
 * Runs a server on the folder; it answers when this resolves.
 * @throws {Error} with the last words of its log when it ends instead.
 */
export async function startPostgresProcess(options: PostgresFolder): Promise<PostgresProcess> {
  const { install, folder, port } = options;
  const setpriv = findSetpriv();
  // The system ends the server when the test process dies without having done so.
  const launch = setpriv === null ? [] : [setpriv, '--pdeathsig', 'QUIT', '--'];
  const [file = '', ...args] = [
    ...launch,
    join(install.binDir, 'postgres'),
    ...serverArgs(options),
  ];
  const log = openSync(join(folder, 'log'), 'a');
  const child = spawn(file, args, {
    cwd: folder,
    env: { ...process.env, ...install.env },
    stdio: ['ignore', log, log],
    ...serverUser(),
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const pid = child.pid ?? 0;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    await endTree(pid, signal);
    await ended;
  };
  try {
    await until('PostgreSQL answers', () => answers(port, child.exitCode), 60_000);
  } catch (error) {
    if (child.exitCode === null) await stop('SIGKILL');
    const words = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n').slice(-5).join(' ');
    throw new Error(`PostgreSQL on port ${port} did not start: ${words}`, { cause: error });
  }
  return { pid, stop };
}

async function answers(port: number, exitCode: number | null): Promise<boolean> {
  if (exitCode !== null) throw new Error(`PostgreSQL ended with ${exitCode}`);
  const client = new Client(postgresUrl(port, 'postgres'));
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

export function postgresUrl(port: number, database: string): string {
  return `postgres://postgres@127.0.0.1:${port}/${database}`;
}

const ORDERLY_END_MS = 20_000;

/**
 * A server's processes outlive it for a moment and hold its memory: with SIGKILL all of them go at once, as when
 * the machine fails. Another signal only asks, and what has not ended in time is killed.
 */
async function endTree(pid: number, signal: NodeJS.Signals): Promise<void> {
  if (!processAlive(pid)) return;
  if (signal !== 'SIGKILL') {
    process.kill(pid, signal);
    const over = () => !processAlive(pid);
    const inTime = await until('PostgreSQL ends', over, ORDERLY_END_MS).then(
      () => true,
      () => false,
    );
    if (inTime) return;
  }
  // Stopped, it can start no more of them while they are listed.
  process.kill(pid, 'SIGSTOP');
  const tree = [pid, ...(await childrenOf(pid))];
  for (const one of tree) killIfThere(one);
  await until('every process of PostgreSQL has ended', () => !tree.some(processAlive));
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const { stdout } = await execa('ps', ['-A', '-o', 'pid=,ppid=']);
  const pairs = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([child = 0, parent]) => (parent === pid ? [child] : []));
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
