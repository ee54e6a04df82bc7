import { type MessagePort, workerData } from 'node:worker_threads';
import type { WorkerResult, WorkerTask } from '../src/model/worker-task.ts';
import { armCrashPoint, type CrashPoint } from '../src/ops/crash-point.ts';
import { runTask } from '../src/pipelines/run-task.ts';

/** Entry of every worker thread: takes a task, answers its result. Piscina wants a default export. */

interface WorkerSettings {
  readonly crashPoint: { readonly name: CrashPoint; readonly pass: number } | null;
}

const { crashPoint } = workerData as WorkerSettings;
if (crashPoint !== null) armCrashPoint(crashPoint.name, crashPoint.pass);

export default function run(message: {
  readonly task: WorkerTask;
  readonly port: MessagePort | null;
}): Promise<WorkerResult> {
  return runTask(message.task, message.port);
}
