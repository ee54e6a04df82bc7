import { Command, CommanderError } from 'commander';
import { type Config, loadConfig } from '../config/config.ts';
import { errorFacts, OperatingError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { maskAddresses } from '../ops/mask-secrets.ts';
import { addArchiveCommand } from './archive-command.ts';
import type { CliContext } from './cli-context.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { EXIT_COMPLETE, EXIT_USAGE, exitCodeOfError, exitCodeOfSignal } from './exit-code.ts';
import { addJobsCommand } from './jobs-command.ts';
import { addOpsCommand } from './ops-command.ts';
import { addPlanCommand } from './plan-command.ts';
import { addQuickstartCommand } from './quickstart-command.ts';
import { addRecordsCommand } from './records-command.ts';
import { addSessionsCommand } from './sessions-command.ts';
import { addRepairCommand } from './sessions-repair-command.ts';
import { addStatsCommand } from './stats-command.ts';
import { addStatusCommand } from './status-command.ts';
import { addSwapsCommand } from './swaps-command.ts';
import { addUpCommand } from './up-command.ts';

/** Entry of the command line: reads the arguments, runs one command, maps what happened to an exit code. */

/** The first signal asks for an orderly end, the second for an end at once, the third is not waited for. */
const SIGNALS_MAX = 3;

function openContext(): CliContext & { readonly exitCode: () => number } {
  const orderly = new AbortController();
  const atOnce = new AbortController();
  let exitCode = EXIT_COMPLETE;
  let signals = 0;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      signals++;
      exitCode = Math.max(exitCode, exitCodeOfSignal(name));
      if (signals === 1) orderly.abort();
      else if (signals < SIGNALS_MAX) atOnce.abort();
      else process.exit(exitCode);
    });
  }
  let config: Config | undefined;
  return {
    config: () => {
      config ??= readConfig();
      return config;
    },
    out: (line) => void process.stdout.write(`${maskAddresses(line)}\n`),
    note,
    terminal: process.stderr.isTTY === true,
    signal: orderly.signal,
    atOnce: atOnce.signal,
    setExitCode: (code) => {
      exitCode = Math.max(exitCode, code);
    },
    exitCode: () => exitCode,
  };
}

function readConfig(): Config {
  const { config, warnings } = loadConfig();
  for (const warning of warnings) note(`warning: ${warning}`);
  return config;
}

function note(line: string): void {
  process.stderr.write(`${maskAddresses(line)}\n`);
}

function buildProgram(context: CliContext): Command {
  const program = new Command('millrace')
    .description('Rebuilds files and tables from fast public streams, and proves what it read.')
    .version(VERSION)
    .showHelpAfterError('(--help shows what is expected)')
    .exitOverride();
  addQuickstartCommand(program, context);
  addUpCommand(program, context);
  addRepairCommand(addSessionsCommand(program, context), context);
  addStatsCommand(program, context);
  addSwapsCommand(program, context);
  addRecordsCommand(program, context);
  addPlanCommand(program, context);
  addStatusCommand(program, context);
  addJobsCommand(program, context);
  addArchiveCommand(program, context);
  addOpsCommand(program, context);
  addDoctorCommand(program, context);
  return program;
}

/** Whoever reads our output may have had enough (`| head`); that ends the command, and is no fault. */
function endQuietlyWithoutReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT_COMPLETE);
  });
}

async function main(): Promise<void> {
  endQuietlyWithoutReader();
  const context = openContext();
  try {
    await buildProgram(context).parseAsync();
  } catch (error) {
    context.setExitCode(reportError(error, context));
  }
  process.exitCode = context.exitCode();
  // Under pm2 the channel to it would keep this process alive though all is done.
  if (process.connected) process.disconnect();
}

function reportError(error: unknown, context: CliContext): number {
  // commander has printed its own message; its exit code 0 stands for --help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_COMPLETE : EXIT_USAGE;
  if (context.signal.aborted) {
    note('interrupted; running the same command again resumes');
    return EXIT_COMPLETE;
  }
  const { code, message } = errorFacts(error);
  note(error instanceof OperatingError ? `error: ${message}` : `error (${code}): ${message}`);
  return exitCodeOfError(error);
}

await main();
