import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempFolder } from './temp-folder.ts';

/** A process of `workers`, as the supervisor starts it. */
export interface WorkerProcess {
  readonly pid: number;
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  /** What it wrote so far. */
  log(): string;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the process without waiting for it; whatever is left of it ends with the test. */
export function spawnWorker(
  t: Pick<TestContext, 'after'>,
  name: 'sink' | 'records',
  options: object,
): WorkerProcess {
  const path = join(tempFolder(t), `${name}-options.json`);
  writeFileSync(path, JSON.stringify(options));
  const worker = fileURLToPath(new URL(`../../workers/${name}.ts`, import.meta.url));
  const args = ['--import', 'tsx', worker, '--options', path];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  return {
    pid: child.pid ?? -1,
    exited: exitOf(child),
    log: () => log,
    kill: (signal) => void child.kill(signal),
  };
}

async function exitOf(child: ChildProcess): Promise<number | string> {
  const [code, signal] = await once(child, 'close');
  return signal ?? code;
}
