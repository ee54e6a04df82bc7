import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { type ErrorFacts, errorText, OperatingError } from '../../src/core/errors.ts';
import type { FetchBlocksResult, FetchBlocksTask } from '../../src/model/follow-task.ts';
import type { StatsShardTask } from '../../src/model/stats-task.ts';
import type { SwapsShardTask } from '../../src/model/swaps-task.ts';
import type {
  BatchAck,
  DiscoverResult,
  DiscoverTask,
  PlanResult,
  PlanTask,
  RecordBatch,
  SessionsRpcTask,
  SessionsShardTask,
  ShardCounters,
  ShardResult,
  WorkerMessage,
  WorkerResult,
  WorkerTask,
} from '../../src/model/worker-task.ts';
import type { CrashPoint } from '../../src/ops/crash-point.ts';
import { ThreadPlaces } from './thread-places.ts';

const WORKER_URL = new URL('../../workers/task.worker.ts', import.meta.url);

/** Threads that fetch blocks, started when they are needed; as many jobs may follow the chain, one for each. */
export const FETCHERS_MAX = 4;

export interface WorkerPoolOptions {
  readonly threads: number;
  /** Passed to every worker as its `workerData`; a named crash point for tests, or null. */
  readonly crashPoint: { readonly name: CrashPoint; readonly pass: number } | null;
}

export interface ShardListener {
  /** Resolves when the batch is durable; only then may the worker forget it. */
  readonly onBatch: (batch: RecordBatch) => Promise<void>;
  readonly onProgress: (counters: ShardCounters) => void;
  readonly onWarning: (text: string) => void;
}

/**
 * The worker threads. A running shard is never aborted, since that kills its thread without running `finally`:
 * its shared cancel flag asks it to stop between slots, and `destroy` ends the threads when all else is done.
 */
export class WorkerPool {
  readonly #threads: Threads;
  /** For tasks that mostly wait for the network: they must not keep a shard from its thread. */
  readonly #fetchers: Threads;

  constructor(options: WorkerPoolOptions) {
    this.#threads = openThreads(options);
    this.#fetchers = openThreads({ ...options, threads: FETCHERS_MAX });
  }

  /** @throws {OperatingError} CANCELLED when `signal` aborts first, else as `runShard`. */
  async plan(task: PlanTask, signal: AbortSignal): Promise<PlanResult> {
    return expectResult(await this.#ask(task, signal), 'plan');
  }

  /** @throws {OperatingError} CANCELLED when `signal` aborts first, else as `runShard`. */
  async discover(task: DiscoverTask, signal: AbortSignal): Promise<DiscoverResult> {
    return expectResult(await this.#ask(task, signal), 'discover');
  }

  /** @throws {OperatingError} what the worker met, or CHILD_FAILED (retryable) when its thread died. */
  async runShard(
    task: SessionsShardTask | StatsShardTask | SwapsShardTask | SessionsRpcTask,
    listener: ShardListener,
  ): Promise<ShardResult> {
    const { port1: ours, port2: theirs } = new MessageChannel();
    const batches = new BatchQueue(listener, (ack) => ours.postMessage(ack));
    ours.on('message', (message: WorkerMessage) => {
      if (message.type === 'progress') listener.onProgress(message.counters);
      else if (message.type === 'warning') listener.onWarning(message.text);
      else if (!batches.push(message)) requestCancel(task);
    });
    try {
      const result = await runOn(this.#threads, { task, port: theirs }, { transferList: [theirs] });
      await batches.settled();
      return expectResult(result, 'shard');
    } finally {
      ours.close();
    }
  }

  /** @throws {OperatingError} CANCELLED when `signal` aborts first, else as `runShard`. */
  async fetchBlocks(task: FetchBlocksTask, signal: AbortSignal): Promise<FetchBlocksResult> {
    const { port1: ours, port2: theirs } = new MessageChannel();
    const stop = (): void => ours.postMessage('stop');
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const message = { task, port: theirs };
      const result = await runOn(this.#fetchers, message, { transferList: [theirs] });
      return expectResult(result, 'fetch-blocks');
    } finally {
      signal.removeEventListener('abort', stop);
      ours.close();
    }
  }

  async destroy(): Promise<void> {
    await Promise.all([this.#threads.pool.destroy(), this.#fetchers.pool.destroy()]);
  }

  /** A question keeps nothing that `finally` would have to put away, so aborting may end its thread. */
  async #ask(task: PlanTask | DiscoverTask, signal: AbortSignal): Promise<WorkerResult> {
    try {
      signal.throwIfAborted();
      return await runOn(this.#threads, { task, port: null }, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      const message = `${task.type} was cancelled`;
      throw new OperatingError('CANCELLED', message, { retryable: true, cause: error });
    }
  }
}

interface Threads {
  readonly pool: Piscina<{ task: WorkerTask; port: unknown }, WorkerResult>;
  readonly places: ThreadPlaces;
}

const NEVER = new AbortController().signal;

function openThreads({ threads, crashPoint }: WorkerPoolOptions): Threads {
  const pool = new Piscina<{ task: WorkerTask; port: unknown }, WorkerResult>({
    filename: WORKER_URL.href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 10_000,
    // Workers hold sockets: waiting in Atomics between tasks would freeze their event loop.
    atomics: 'disabled',
    workerData: { crashPoint },
  });
  return { pool, places: new ThreadPlaces(threads) };
}

async function runOn(
  { pool, places }: Threads,
  message: { readonly task: WorkerTask; readonly port: MessagePort | null },
  options: { readonly transferList?: MessagePort[]; readonly signal?: AbortSignal },
): Promise<WorkerResult> {
  try {
    return await places.within(() => pool.run(message, options), options.signal ?? NEVER);
  } catch (error) {
    throw new OperatingError('CHILD_FAILED', `worker thread ended: ${errorText(error)}`, {
      retryable: true,
      cause: error,
    });
  }
}

/** Asks the task to stop between two slots. */
export function requestCancel(task: { readonly cancel: SharedArrayBuffer }): void {
  Atomics.store(new Int32Array(task.cancel), 0, 1);
}

/** Takes batches one after another, acknowledges each when it is durable, and remembers the first failure. */
class BatchQueue {
  #tail: Promise<void> = Promise.resolve();
  #failure: unknown;
  readonly #listener: ShardListener;
  readonly #acknowledge: (ack: BatchAck) => void;

  constructor(listener: ShardListener, acknowledge: (ack: BatchAck) => void) {
    this.#listener = listener;
    this.#acknowledge = acknowledge;
  }

  /** False once a batch has failed: nothing that comes after it is taken. */
  push(batch: RecordBatch): boolean {
    this.#tail = this.#tail.then(() => this.#take(batch));
    return this.#failure === undefined;
  }

  async settled(): Promise<void> {
    await this.#tail;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #take(batch: RecordBatch): Promise<void> {
    try {
      if (this.#failure === undefined) await this.#listener.onBatch(batch);
    } catch (error) {
      this.#failure = error;
    }
    // Acknowledged even after a failure: the worker must not wait for ever for a batch nobody will take.
    this.#acknowledge({ type: 'ack', sequence: batch.sequence });
  }
}

function expectResult<T extends WorkerResult['type']>(
  result: WorkerResult,
  type: T,
): Extract<WorkerResult, { type: T }> {
  if (result.type === 'failed') throw errorFromFacts(result.error);
  if (result.type !== type) throw new Error(`worker answered ${result.type} to a ${type} task`);
  return result as Extract<WorkerResult, { type: T }>;
}

/** A bug in a worker is a bug here: it surfaces as a plain error. */
function errorFromFacts(facts: ErrorFacts): Error {
  if (facts.code === 'BUG') return new Error(facts.message);
  return new OperatingError(facts.code, facts.message, facts);
}
