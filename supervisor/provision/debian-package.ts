import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { OperatingError } from '../../src/core/errors.ts';

export interface DebianPackageOptions {
  readonly name: string;
  /** Folder of our own for lists, the download and what was unpacked. */
  readonly workDir: string;
  /** Takes one line for each step: what is done and why. */
  readonly say: (line: string) => void;
}

const STEP_TIMEOUT_MS = 300_000;

/**
 * Unpacks a package from the sources this machine's apt is set up with, without root: apt keeps its lists and
 * downloads in `workDir`, checks signatures as always, and nothing is installed.
 * @returns the folder that holds the package's files.
 * @throws {OperatingError} BINARY_MISSING when this is no Debian-like system or its sources do not have the package.
 */
export async function unpackDebianPackage(
  options: DebianPackageOptions,
  signal: AbortSignal,
): Promise<string> {
  const { name, workDir, say } = options;
  const unpacked = join(workDir, 'unpacked');
  for (const part of ['state/lists/partial', 'cache/archives/partial', 'unpacked']) {
    mkdirSync(join(workDir, part), { recursive: true });
  }
  const run = async (file: string, args: readonly string[]): Promise<void> => {
    const { failed, stderr, shortMessage } = await execa(file, args, {
      cwd: workDir,
      reject: false,
      timeout: STEP_TIMEOUT_MS,
      stdin: 'ignore',
      env: { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
      cancelSignal: signal,
    });
    signal.throwIfAborted();
    if (failed) throw stepFailed(name, `${file} ${args.at(-1)}`, stderr || (shortMessage ?? ''));
  };
  const apt = [
    ['-o', `Dir::State=${join(workDir, 'state')}`],
    ['-o', 'Dir::State::status=/var/lib/dpkg/status'],
    ['-o', `Dir::Cache=${join(workDir, 'cache')}`],
    // Root's apt would drop to a user who may not write into our folder.
    ['-o', 'APT::Sandbox::User=root'],
    ['-o', 'Acquire::Languages=none'],
    ['-qq'],
  ].flat();
  say(`reading the package lists of this machine's apt sources into ${workDir} (no root needed)`);
  await run('apt-get', [...apt, 'update']);
  say(`downloading the package ${name}; apt checks its signature chain`);
  await run('apt-get', [...apt, 'download', name]);
  const archive = readdirSync(workDir).find((file) => file.endsWith('.deb'));
  if (archive === undefined) throw stepFailed(name, 'apt-get download', 'no file came');
  say(`unpacking ${archive}; nothing is installed on the system`);
  await run('dpkg-deb', ['-x', join(workDir, archive), unpacked]);
  return unpacked;
}

function stepFailed(name: string, step: string, output: string): OperatingError {
  const reason = output.trim().split('\n').slice(-2).join(' ').slice(0, 500);
  return new OperatingError(
    'BINARY_MISSING',
    `getting ${name} from this machine's apt sources: ${step} failed: ${reason}`,
    { retryable: true, fields: { package: name } },
  );
}
