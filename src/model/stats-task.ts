import type { SlotRange } from '../core/slot-range.ts';
import type { StatsVariants } from './ledger-stats.ts';
import type { ArchiveLocation, CancelFlag, VerifyLevel, WorkerLimits } from './worker-task.ts';

/** Counts the slots of a range into ClickHouse; its tables must be there. Ends with a `ShardResult`. */
export interface StatsShardTask {
  readonly type: 'stats-shard';
  readonly jobId: string;
  readonly shardId: number;
  readonly archive: ArchiveLocation;
  /** Within one epoch. */
  readonly range: SlotRange;
  readonly variants: StatsVariants;
  readonly verify: VerifyLevel;
  readonly limits: WorkerLimits;
  readonly clickhouse: StatsClickhouse;
  readonly cancel: CancelFlag;
}

/** Where the rows go and what bounds the way there. */
export interface StatsClickhouse {
  /** With its user and password. */
  readonly dsn: string;
  readonly database: string;
  readonly requestTimeoutMs: number;
  readonly triesMax: number;
  readonly backoff: { readonly firstMs: number; readonly maxMs: number };
  /** Rows and bytes of one batch over all tables; a batch ends with a whole slot. */
  readonly batchRowsMax: number;
  readonly batchBytesMax: number;
  /** Batches that are not yet accepted. */
  readonly batchesInFlightMax: number;
}
