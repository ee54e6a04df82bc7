import type { SlotRange } from '../core/slot-range.ts';
import type { NatsLink } from './nats-link.ts';
import type { StatsClickhouse } from './stats-task.ts';
import type { ArchiveLocation, CancelFlag, VerifyLevel, WorkerLimits } from './worker-task.ts';

/** Decodes the swaps of a range and brings them to their sink. Ends with a `ShardResult`. */
export interface SwapsShardTask {
  readonly type: 'swaps-shard';
  readonly jobId: string;
  readonly shardId: number;
  readonly archive: ArchiveLocation;
  /** Within one epoch. */
  readonly range: SlotRange;
  readonly generic: boolean;
  readonly verify: VerifyLevel;
  readonly limits: WorkerLimits;
  readonly target: SwapsTarget;
  readonly cancel: CancelFlag;
}

export type SwapsTarget =
  | ({ readonly type: 'nats' } & NatsTarget)
  | { readonly type: 'clickhouse'; readonly clickhouse: StatsClickhouse };

/** A stream of messages, and what bounds the way there. */
export interface NatsTarget {
  readonly link: NatsLink;
  /** Messages sent and not acknowledged. */
  readonly windowMax: number;
  /** Messages waiting in the stream at which reading pauses, and at which it goes on. */
  readonly backlogMax: number;
  readonly backlogResume: number;
}
