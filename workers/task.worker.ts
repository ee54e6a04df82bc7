import { type MessagePort, workerData } from 'node:worker_threads';
import type { WorkerResult, WorkerTask } from '../src/model/worker-task.ts';
import type { CrashPoint } from '../src/ops/crash-point.ts';

/** Entry of every worker thread: takes a task, answers its result. Piscina wants a default export. */

interface WorkerSettings {
  readonly crashPoint: { readonly name: CrashPoint; readonly pass: number } | null;
}

const runTask = loadPipelines();

/**
 * Piscina loads this file by `require`. Modules that it loaded the same way would be there twice as soon as a task
 * imports something later, and an error of one copy is no `OperatingError` of the other; so all come by `import`.
 */
async function loadPipelines(): Promise<typeof import('../src/pipelines/run-task.ts')['runTask']> {
  const { crashPoint } = workerData as WorkerSettings;
  const { armCrashPoint } = await import('../src/ops/crash-point.ts');
  if (crashPoint !== null) armCrashPoint(crashPoint.name, crashPoint.pass);
  return (await import('../src/pipelines/run-task.ts')).runTask;
}

export default async function run(message: {
  readonly task: WorkerTask;
  readonly port: MessagePort | null;
}): Promise<WorkerResult> {
  return (await runTask)(message.task, message.port);
}
