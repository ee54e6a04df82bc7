import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { OperatingError } from '../src/core/errors.ts';
import type { ChildLog } from '../src/ops/child-log.ts';
import type { ChildExit, RunningChild } from './child-spec.ts';
import { dataFolderError } from './data-folder.ts';
import { withDeadline } from './deadline.ts';
import { endOrphan, killGroup } from './orphans.ts';
import { assertPortFree, type PortClaim } from './port-claim.ts';
import { binaryMissing, died, notReady, type ProcessEnd } from './process-failure.ts';
import { type ReadyProbe, untilReady } from './process-ready.ts';
import { readProcessFacts, removeProcessRecord, writeProcessRecord } from './process-record.ts';

export interface ProcessOptions {
  readonly id: string;
  /** Absolute path of the program. */
  readonly command: string;
  /** One of them must hold `dataDir`: it proves later whose process this is. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly dataDir: string;
  readonly recordPath: string;
  readonly log: ChildLog;
  readonly ports: readonly PortClaim[];
  readonly ready: ReadyProbe;
  /** Turns the last lines of a child that ended into an error that names cause and remedy, where they tell. */
  readonly explain: (lines: readonly string[]) => OperatingError | null;
  /** How long an earlier supervisor's child, or one whose start is given up, may take to end in order. */
  readonly graceMs: number;
  /** Path of `setpriv`, or null; with it the system ends the child when this process dies. */
  readonly setpriv: string | null;
}

/** A grandchild may hold the output open after the child has ended; its words are not waited for. */
const OUTPUT_WAIT_MS = 500;

/** Where Debian, Fedora and Arch keep the program of util-linux; null elsewhere. */
export function findSetpriv(): string | null {
  return ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path)) ?? null;
}

/**
 * Starts a program in a process group of its own, so that Ctrl-C at the terminal reaches only the supervisor.
 * @throws {OperatingError} PORT_TAKEN, BINARY_MISSING, what `explain` says, or CHILD_FAILED with the last lines.
 */
export async function startProcess(
  options: ProcessOptions,
  signal: AbortSignal,
): Promise<RunningChild> {
  const { recordPath, dataDir, graceMs } = options;
  await endOrphan({ recordPath, dataDir, graceMs }, signal);
  for (const claim of options.ports) await assertPortFree(claim);
  if (!existsSync(options.command)) throw binaryMissing(options.id, options.command);
  signal.throwIfAborted();
  const child = spawnChild(options);
  try {
    recordProcess(options, child.pid);
    const unready = (reason: string) => notReady(options.id, { reason, log: options.log });
    await untilReady(child, { probe: options.ready, unready }, signal);
    return child;
  } catch (error) {
    await withDeadline(graceMs, (limit) => child.stop(limit), signal);
    throw error;
  }
}

interface SpawnedChild extends RunningChild {
  readonly pid: number;
}

function spawnChild(options: ProcessOptions): SpawnedChild {
  const { id, log, setpriv } = options;
  const launch = setpriv === null ? [] : [setpriv, '--pdeathsig', 'TERM', '--'];
  const [file = options.command, ...args] = [...launch, options.command, ...options.args];
  log.clearTail();
  const subprocess = execa(file, args, {
    cwd: options.cwd,
    env: options.env,
    stdin: 'pipe',
    buffer: false,
    reject: false,
    detached: true,
    forceKillAfterDelay: false,
  });
  subprocess.stdout.on('data', (chunk: Buffer) => log.write(chunk));
  subprocess.stderr.on('data', (chunk: Buffer) => log.write(chunk));
  // A child may close its input at any time.
  subprocess.stdin.on('error', () => undefined);
  const { pid } = subprocess;
  if (pid === undefined) throw binaryMissing(id, options.command);

  let asked = false;
  const exit = Promise.withResolvers<ProcessEnd>();
  subprocess.nodeChildProcess.once('exit', (code, signal) => {
    // What the child left in its group must not outlive it, nor hold its output open.
    killGroup(pid);
    exit.resolve({ code, signal });
  });
  const exited = afterOutput(exit.promise, subprocess).then((end): ChildExit => {
    removeProcessRecord(options.recordPath);
    log.close();
    if (asked || end.code === 0) return { reason: 'normal' };
    return { reason: 'failed', error: options.explain(log.lastLines()) ?? died(id, end, log) };
  });
  const stop = async (limit: AbortSignal): Promise<void> => {
    asked = true;
    const kill = (): void => killGroup(pid);
    if (limit.aborted) kill();
    else {
      subprocess.kill('SIGTERM');
      limit.addEventListener('abort', kill, { once: true });
    }
    await exited.finally(() => limit.removeEventListener('abort', kill));
  };
  return { pid, exited, stop };
}

/** The end of the process, once its last words have come or have been waited for. */
async function afterOutput(
  exit: Promise<ProcessEnd>,
  output: PromiseLike<unknown>,
): Promise<ProcessEnd> {
  const end = await exit;
  const outputWait = new AbortController();
  await Promise.race([
    output.then(() => outputWait.abort()),
    sleep(OUTPUT_WAIT_MS, undefined, { signal: outputWait.signal }).catch(() => undefined),
  ]);
  return end;
}

function recordProcess(options: ProcessOptions, pid: number): void {
  const facts = readProcessFacts(pid);
  if (facts === null) return;
  const { startTicks } = facts;
  const { recordPath, dataDir } = options;
  try {
    writeProcessRecord(recordPath, { pid, startTicks, dataDir });
  } catch (error) {
    throw dataFolderError(recordPath, error);
  }
}
