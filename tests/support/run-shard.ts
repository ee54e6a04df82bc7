import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import type { SlotRange } from '../../src/core/slot-range.ts';
import type { IqRecord } from '../../src/model/iq-record.ts';
import type {
  RecordBatch,
  SessionsShardTask,
  ShardProgress,
  SlotStatusRow,
  VerifyLevel,
  WorkerLimits,
  WorkerMessage,
  WorkerResult,
} from '../../src/model/worker-task.ts';
import { runTask } from '../../src/pipelines/run-task.ts';
import { archiveAt } from './archive-folder.ts';

export interface ShardRun {
  readonly result: WorkerResult;
  readonly batches: readonly RecordBatch[];
  readonly progress: readonly ShardProgress[];
  readonly records: readonly IqRecord[];
  readonly slots: readonly SlotStatusRow[];
}

export interface RunShardOptions {
  readonly base: string;
  readonly range: SlotRange;
  readonly forceLegacyIndex?: boolean;
  readonly verify?: VerifyLevel;
  readonly limits?: Partial<WorkerLimits>;
  readonly filter?: SessionsShardTask['filter'];
  readonly cancel?: SharedArrayBuffer;
  /** Asked for every batch; the acknowledgement goes out when it resolves. */
  readonly onBatch?: (batch: RecordBatch) => void | Promise<void>;
  readonly deadlineMs?: number;
}

/** Small enough that a small archive goes through growth, retries and several batches. */
export const smallLimits: WorkerLimits = {
  windowBytes: 64 * 1024,
  sectionBytesMax: 1024 * 1024,
  slotRecordsBytesMax: 1024 * 1024,
  batchRecordsMax: 1000,
  batchBytesMax: 1024 * 1024,
  batchesInFlightMax: 2,
  slotTriesMax: 2,
  httpConnectionsMax: 4,
  httpTimeoutMs: 5000,
  httpTriesMax: 2,
};

/** Runs one shard as a worker would, with a supervisor that acknowledges every batch. */
export async function runShard(options: RunShardOptions): Promise<ShardRun> {
  const { port1: supervisor, port2: worker } = new MessageChannel();
  const batches: RecordBatch[] = [];
  const progress: ShardProgress[] = [];
  supervisor.on('message', async (message: WorkerMessage) => {
    if (message.type === 'progress') progress.push(message);
    if (message.type !== 'records') return;
    batches.push(message);
    await options.onBatch?.(message);
    supervisor.postMessage({ type: 'ack', sequence: message.sequence });
  });
  const timer = new AbortController();
  const deadlineMs = options.deadlineMs ?? 20_000;
  const late = sleep(deadlineMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`the shard did not end within ${deadlineMs} ms`);
  });
  try {
    const result = await Promise.race([runTask(shardTask(options), worker), late]);
    return {
      ...{ result, batches, progress },
      records: batches.flatMap(({ records }) => records),
      slots: batches.flatMap(({ slots }) => slots),
    };
  } finally {
    late.catch(() => undefined);
    timer.abort();
    supervisor.close();
  }
}

function shardTask(options: RunShardOptions): SessionsShardTask {
  const { base, range, forceLegacyIndex = false, verify = 'all', limits, cancel } = options;
  return {
    type: 'sessions-shard',
    jobId: 'job-1',
    shardId: 3,
    archive: { ...archiveAt(base), forceLegacyIndex },
    range,
    filter: options.filter ?? { mode: 'auto', programs: [], sessions: [] },
    verify,
    limits: { ...smallLimits, ...limits },
    cancel: cancel ?? new SharedArrayBuffer(8),
  };
}
