import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempFolder } from './temp-folder.ts';

/** The launcher as a user starts it, and what is left of it on this machine. */

const LAUNCHER = fileURLToPath(new URL('../../bin/millrace.mjs', import.meta.url));

export interface LauncherEnd {
  readonly code: number | null;
  /** Both outputs together, as a terminal shows them. */
  readonly said: string;
}

export interface LauncherOptions {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Words to put in front, such as a program that takes rights away. */
  readonly wrap?: readonly string[];
}

/** Runs the launcher in an empty folder until it ends by itself. */
export async function runLauncher(t: TestContext, options: LauncherOptions): Promise<LauncherEnd> {
  const { words, env, wrap = [] } = options;
  const [file = process.execPath, ...args] = [...wrap, process.execPath, LAUNCHER, ...words];
  const child = spawn(file, args, {
    cwd: tempFolder(t),
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, said };
}

/** Command lines of running processes that name `folder`. */
export function processesNaming(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(commandLine)
    .filter((line) => line.includes(folder));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // It ended while the list was read.
    return '';
  }
}

/** A program that says `version` when asked for it, and else ends 3 with `lastWords`. */
export function fakeProgram(
  t: TestContext,
  words: { readonly version: string; readonly lastWords: string },
): string {
  const path = join(tempFolder(t), 'program');
  const { version, lastWords } = words;
  const script = `case "$*" in *version*) echo '${version}';; *) echo '${lastWords}' >&2; exit 3;; esac`;
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}
