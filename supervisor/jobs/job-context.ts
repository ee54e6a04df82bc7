import type { Logger } from 'pino';
import type { JobEvent } from '../../src/model/job.ts';
import type { SessionResult } from '../../src/model/session-result.ts';
import type { RpcOptions, SlotStatusRow, WorkerLimits } from '../../src/model/worker-task.ts';
import type { Metrics } from '../../src/ops/metrics.ts';
import type { Store } from '../../src/store/store.ts';
import type { Delivery } from '../delivery.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Where slot and session bookkeeping is mirrored to; the truth stays in SQLite. */
export interface BookkeepingMirror {
  /** Resolves when the rows are durable. @throws {OperatingError} SINK_UNREACHABLE (retryable) or SINK_REFUSED. */
  writeSlots(rows: readonly SlotStatusRow[], signal: AbortSignal): Promise<void>;
  writeSessions(results: readonly SessionResult[], signal: AbortSignal): Promise<void>;
}

/** What jobs need of the house; made once by the tree. */
export interface JobContext {
  readonly store: Store;
  readonly pool: WorkerPool;
  readonly delivery: Delivery;
  /** Null when ClickHouse is off. */
  readonly mirror: () => BookkeepingMirror | null;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly limits: WorkerLimits;
  readonly rpc: Omit<RpcOptions, 'url'>;
  readonly threads: number;
  readonly shardBytesTarget: number;
  readonly shardSlotsMax: number;
  readonly shardTriesMax: number;
  readonly chunksMax: number;
  readonly fileBytesMax: number;
  /** URL of the ingest endpoint. */
  readonly ingestTarget: string;
  /** `missing_sessions.log`. */
  readonly hintsPath: string;
  readonly drainTimeoutMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: () => number;
}

export type EmitJobEvent = (event: JobEvent) => void;
