import { Command } from 'commander';
import type { CliContext } from '../../src/cli/cli-context.ts';
import { parseConfig } from '../../src/config/config.ts';

export interface CliRun {
  /** Lines on stdout and stderr. */
  readonly out: readonly string[];
  readonly notes: readonly string[];
  readonly exitCode: number;
}

/**
 * Runs one command as the command line does, with default settings and an untouched environment.
 * What the command throws is thrown; turning it into an exit code belongs to the entry.
 */
export async function runCommand(
  add: (program: Command, context: CliContext) => void,
  words: readonly string[],
): Promise<CliRun> {
  const out: string[] = [];
  const notes: string[] = [];
  let exitCode = 0;
  const { signal } = new AbortController();
  const program = new Command('millrace').exitOverride().configureOutput({
    writeOut: (text) => out.push(text),
    writeErr: (text) => notes.push(text),
  });
  add(program, {
    config: () => parseConfig({ MILLRACE_WINDOW_BYTES: '65536' }).config,
    out: (line) => out.push(line),
    note: (line) => notes.push(line),
    terminal: false,
    signal,
    atOnce: signal,
    setExitCode: (code) => {
      exitCode = Math.max(exitCode, code);
    },
  });
  await program.parseAsync([...words], { from: 'user' });
  return { out, notes, exitCode };
}
