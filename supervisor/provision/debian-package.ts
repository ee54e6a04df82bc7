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
  const sources = await openAptSources(options, signal);
  return sources.unpack([options.name]);
}

/** This machine's apt sources as they are now, with all state in a folder of our own. */
export interface AptSources {
  /** What a question to apt prints, as `ask('apt-cache', ['depends', name])`. */
  readonly ask: (program: string, args: readonly string[]) => Promise<string>;
  /** Downloads the packages and unpacks them into one folder, which it returns. */
  readonly unpack: (names: readonly string[]) => Promise<string>;
}

/**
 * Reads the package lists anew; `name` is what all of it is for, as errors say it.
 * @throws {OperatingError} BINARY_MISSING; so do the two functions of the result.
 */
export async function openAptSources(
  options: DebianPackageOptions,
  signal: AbortSignal,
): Promise<AptSources> {
  const { name, workDir, say } = options;
  const unpacked = join(workDir, 'unpacked');
  for (const part of ['state/lists/partial', 'cache/archives/partial', 'unpacked']) {
    mkdirSync(join(workDir, part), { recursive: true });
  }
  const run = async (file: string, args: readonly string[]): Promise<string> => {
    const { failed, stdout, stderr, shortMessage } = await execa(file, args, {
      cwd: workDir,
      reject: false,
      timeout: STEP_TIMEOUT_MS,
      stdin: 'ignore',
      env: { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
      cancelSignal: signal,
    });
    signal.throwIfAborted();
    if (failed) throw stepFailed(name, `${file} ${args.at(-1)}`, stderr || (shortMessage ?? ''));
    return stdout;
  };
  const folders = ownFolders(workDir);
  const ask = (program: string, args: readonly string[]) => run(program, [...folders, ...args]);
  say(`reading the package lists of this machine's apt sources into ${workDir} (no root needed)`);
  await ask('apt-get', ['update']);
  const unpack = async (names: readonly string[]): Promise<string> => {
    say(`downloading ${names.join(', ')}; apt checks the signature chain`);
    await ask('apt-get', ['download', ...names]);
    const archives = readdirSync(workDir).filter((file) => file.endsWith('.deb'));
    if (archives.length < names.length) throw stepFailed(name, 'apt-get download', 'no file came');
    for (const archive of archives) {
      say(`unpacking ${archive}; nothing is installed on the system`);
      await run('dpkg-deb', ['-x', join(workDir, archive), unpacked]);
    }
    return unpacked;
  };
  return { ask, unpack };
}

function ownFolders(workDir: string): readonly string[] {
  return [
    ['-o', `Dir::State=${join(workDir, 'state')}`],
    ['-o', 'Dir::State::status=/var/lib/dpkg/status'],
    ['-o', `Dir::Cache=${join(workDir, 'cache')}`],
    // Root's apt would drop to a user who may not write into our folder.
    ['-o', 'APT::Sandbox::User=root'],
    ['-o', 'Acquire::Languages=none'],
    ['-qq'],
  ].flat();
}

function stepFailed(name: string, step: string, output: string): OperatingError {
  const reason = output.trim().split('\n').slice(-2).join(' ').slice(0, 500);
  return new OperatingError(
    'BINARY_MISSING',
    `getting ${name} from this machine's apt sources: ${step} failed: ${reason}`,
    { retryable: true, fields: { package: name } },
  );
}
