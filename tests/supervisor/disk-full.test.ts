import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cliHome, SAMPLES } from '../support/cli-process.ts';

/** Goal: a disk that fills up ends a command with its place and remedy, and costs nothing that was kept. */

/** Of util-linux. */
const UNSHARE = '/usr/bin/unshare';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** `$1` is the data folder; what follows is the command. The disk grows between the two runs. */
const SCRIPT = `folder="$1"; size="$2"; shift 2
mount -t tmpfs -o size=$size tmpfs "$folder" || exit 70
"$@"; echo "first run: $?"
mount -o remount,size=20m tmpfs "$folder"
"$@"; echo "second run: $?"
`;

function mountsMissing(): string | false {
  try {
    execFileSync(UNSHARE, ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'this machine gives no namespace to mount a small disk in';
  }
}

const skip = mountsMissing();

for (const [when, size] of [
  ['at the start', '4k'],
  ['while records are kept', '300k'],
  ['while files are delivered', '700k'],
] as const) {
  test(`a disk that is full ${when} is named, and the same command resumes when there is room`, {
    skip,
  }, async (t) => {
    const { dataDir, env } = await cliHome(t, { MILLRACE_SHARD_TRIES: '1' });
    mkdirSync(dataDir);
    const command = [process.execPath, 'bin/millrace.mjs', 'sessions', '588', '--archive', SAMPLES];
    const { stdout, stderr } = await promisify(execFile)(
      UNSHARE,
      ['-rm', 'sh', '-c', SCRIPT, 'sh', dataDir, size, ...command],
      { cwd: ROOT, env },
    );
    assert.match(stdout, /first run: 1\n[\s\S]*second run: 0\n/, stdout + stderr);
    const [error = ''] = stderr.split('\n').filter((line) => line.startsWith('error: '));
    assert(error.includes(dataDir), stderr);
    assert.match(error, /full.*(free space|make room)/);
    assert.match(stdout, /every slot is accounted for/);
  });
}
