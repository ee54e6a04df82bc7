import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorText, OperatingError } from '../../src/core/errors.ts';
import { assertNatsVersion } from '../children/nats-choice.ts';
import { unpackDebianPackage } from './debian-package.ts';
import { type PinnedRelease, unpackNatsRelease } from './nats-release.ts';

export interface ProvisionNatsOptions {
  readonly binDir: string;
  /** The pinned release for this machine, or null. */
  readonly release: PinnedRelease | null;
  /** False leaves apt out, as where there is none. */
  readonly apt: boolean;
  readonly say: (line: string) => void;
}

/**
 * Puts a nats-server into `binDir`: from this machine's own apt sources, else the official release whose
 * SHA-256 is pinned. The program appears under its name only when it is whole and runs.
 * @returns its path.
 * @throws {OperatingError} BINARY_MISSING with everything that was tried.
 */
export async function provisionNatsServer(
  options: ProvisionNatsOptions,
  signal: AbortSignal,
): Promise<string> {
  const { binDir, say, release } = options;
  mkdirSync(binDir, { recursive: true });
  const workDir = mkdtempSync(join(binDir, '.provision-'));
  const ways: (() => Promise<string>)[] = [];
  if (options.apt) ways.push(() => fromApt(workDir, say, signal));
  if (release !== null) ways.push(() => unpackNatsRelease({ release, workDir, say }, signal));
  const failures: string[] = [];
  try {
    for (const way of ways) {
      try {
        return await install(await way(), options, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof OperatingError)) throw error;
        say(error.message);
        failures.push(errorText(error));
      }
    }
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
  if (release === null) failures.push('no official release is pinned for this kind of machine');
  throw new OperatingError(
    'BINARY_MISSING',
    `getting nats-server: ${failures.join('; ')}; install nats-server 2.9 or newer yourself, or set NATS_URL, or MILLRACE_NATS_MODE=off`,
    { retryable: true },
  );
}

async function fromApt(
  workDir: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const unpacked = await unpackDebianPackage({ name: 'nats-server', workDir, say }, signal);
  return join(unpacked, 'usr/sbin/nats-server');
}

async function install(
  program: string,
  options: ProvisionNatsOptions,
  signal: AbortSignal,
): Promise<string> {
  const version = await assertNatsVersion(program, signal);
  const path = join(options.binDir, 'nats-server');
  copyFileSync(program, `${path}.new`);
  chmodSync(`${path}.new`, 0o755);
  renameSync(`${path}.new`, path);
  options.say(`nats-server ${version} is now at ${path}`);
  return path;
}
