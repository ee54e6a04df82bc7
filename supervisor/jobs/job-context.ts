import type { Logger } from 'pino';
import type { JobEvent } from '../../src/model/job.ts';
import type { SessionResult } from '../../src/model/session-result.ts';
import type { StatsClickhouse } from '../../src/model/stats-task.ts';
import type { NatsTarget } from '../../src/model/swaps-task.ts';
import type { RpcOptions, SlotStatusRow, WorkerLimits } from '../../src/model/worker-task.ts';
import type { Metrics } from '../../src/ops/metrics.ts';
import type { OutboxEntry } from '../../src/store/outbox.ts';
import type { Store } from '../../src/store/store.ts';
import type { AwaitedDeliveries } from '../delivery.ts';
import type { SinkPort } from './sink-port.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Where slot and session bookkeeping is mirrored to; the truth stays in SQLite. */
export interface BookkeepingMirror {
  /** Resolves when the rows are durable. @throws {OperatingError} SINK_UNREACHABLE (retryable) or SINK_REFUSED. */
  writeSlots(rows: readonly SlotStatusRow[], signal: AbortSignal): Promise<void>;
  writeSessions(results: readonly SessionResult[], signal: AbortSignal): Promise<void>;
}

/** What jobs ask of the delivery queue, whichever runs at the moment. */
export interface DeliveryPort {
  wake(): void;
  /**
   * Resolves when nothing of the job for the target waits any more, or when the loop that delivers stopped.
   * @throws {OperatingError} CANCELLED when the signal aborts first, CHILD_FAILED while the loop is restarted.
   */
  drain(awaited: AwaitedDeliveries, signal: AbortSignal): Promise<void>;
  /** @returns a function that ends the listening. */
  onDelivered(listener: (entry: OutboxEntry) => void): () => void;
}

export interface FollowSettings {
  /** Folder of the archives that blocks of the chain go to until they are read. */
  readonly folder: string;
  readonly batchSlots: number;
  readonly pollMs: number;
}

/** What jobs need of the house; made once by the tree. */
export interface JobContext {
  readonly store: Store;
  readonly pool: WorkerPool;
  readonly delivery: DeliveryPort;
  /** Null when ClickHouse is off. */
  readonly mirror: () => BookkeepingMirror | null;
  /** Where workers write statistics to; null when ClickHouse is off. */
  readonly statsClickhouse: StatsClickhouse | null;
  /** Where workers write swaps to that go by no stream; null when ClickHouse is off. */
  readonly swapsClickhouse: StatsClickhouse | null;
  /** Where workers publish swaps to; null without NATS. */
  readonly nats: NatsTarget | null;
  /** The process that brings swaps into ClickHouse and builds candles; null where it does not run. */
  readonly sink: SinkPort | null;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly limits: WorkerLimits;
  readonly rpc: Omit<RpcOptions, 'url'>;
  readonly follow: FollowSettings;
  /** Ids of the jobs that follow the chain at present; other jobs leave their sessions to them. */
  readonly followers: Set<string>;
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
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: () => number;
}

export type EmitJobEvent = (event: JobEvent) => void;
