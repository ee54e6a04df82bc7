import { accessSync, constants } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { execa } from 'execa';

export interface ProgramQuery {
  readonly name: string;
  /** A path the user named; nothing else is tried then. */
  readonly configured: string | null;
  /** Our own folder of provisioned programs. */
  readonly binDir: string;
}

export interface FoundProgram {
  /** Absolute. */
  readonly path: string;
  readonly origin: 'configured' | 'provisioned' | 'path';
}

/** Looks where the user said, else in our own folder and on the PATH; null when it is nowhere. */
export async function findProgram(
  query: ProgramQuery,
  signal: AbortSignal,
): Promise<FoundProgram | null> {
  if (query.configured !== null) {
    const path = resolve(query.configured);
    return isExecutable(path) ? { path, origin: 'configured' } : null;
  }
  const provisioned = join(query.binDir, query.name);
  if (isExecutable(provisioned)) return { path: provisioned, origin: 'provisioned' };
  const path = await onPath(query.name, signal);
  return path === null ? null : { path, origin: 'path' };
}

/** The shell knows the PATH; the name travels as an argument, never as part of the command. */
export async function onPath(name: string, signal: AbortSignal): Promise<string | null> {
  const { exitCode, stdout } = await execa('/bin/sh', ['-c', 'command -v -- "$1"', 'sh', name], {
    reject: false,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  const path = stdout.trim();
  return exitCode === 0 && isAbsolute(path) ? path : null;
}

export interface ProgramVersion {
  readonly major: number;
  readonly minor: number;
  /** As the program prints it. */
  readonly text: string;
}

const VERSION_TIMEOUT_MS = 20_000;

/** The first version number in what the program prints; null when it prints none. */
export async function readProgramVersion(
  path: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<ProgramVersion | null> {
  const { stdout, stderr } = await execa(path, args, {
    reject: false,
    timeout: VERSION_TIMEOUT_MS,
    maxBuffer: 64 * 1024,
    stdin: 'ignore',
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  const match = /v?((\d+)\.(\d+)(?:\.[0-9.]*\d)?)/.exec(`${stdout}\n${stderr}`);
  if (match === null) return null;
  return { major: Number(match[2]), minor: Number(match[3]), text: match[1] ?? '' };
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
