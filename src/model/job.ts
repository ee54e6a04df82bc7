import type { SlotRange } from '../core/slot-range.ts';
import type { Timeframe } from './candle.ts';
import type { StatsVariants } from './ledger-stats.ts';
import type { DecodeChoice, SessionResult } from './session-result.ts';
import type {
  ArchiveLocation,
  IqFilter,
  QuarantinedSlot,
  ShardCounters,
  SlotLocator,
  VerifyLevel,
} from './worker-task.ts';

/** Where a sessions job reads from; `auto` picks the cheaper one and says why. */
export type SourceChoice = 'archive' | 'rpc' | 'auto';

/** What a user asked for. Plain data: it is hashed into the job's identity, stored, and sent over HTTP. */
export type JobSpec = SessionsJobSpec | StatsJobSpec | SwapsJobSpec;

/** The finalized chain by RPC, block after block, instead of a range of an archive. */
export interface FollowSpec {
  readonly rpcUrl: string;
  /** First slot; null: where the job stopped before, or the tip of the chain when it never ran. */
  readonly start: number | null;
  /** The slot behind the last one; null: the job follows until somebody stops it. */
  readonly end: number | null;
}

/** Rebuilds uploads. */
export interface SessionsJobSpec {
  readonly kind: 'sessions';
  readonly source: SourceChoice;
  /** Session accounts, finalize signatures or tail signatures; empty when `range` is given. */
  readonly targets: readonly string[];
  /** Slots to replay; null: found from the targets' signatures, or `follow` says them. */
  readonly range: SlotRange | null;
  /** Null: the source is read. */
  readonly follow: FollowSpec | null;
  readonly slotPadding: number;
  readonly signaturePagesMax: number;
  readonly archive: ArchiveLocation;
  readonly rpcUrl: string;
  readonly filter: IqFilter;
  readonly verify: VerifyLevel;
  readonly decode: DecodeChoice;
  readonly recoverFailed: boolean;
  /** Conflicts count as holes. */
  readonly strict: boolean;
  /** Write files here instead of delivering them. */
  readonly outDir: string | null;
}

/** Counts transactions, instructions, programs and keys slot by slot, into ClickHouse. */
export interface StatsJobSpec {
  readonly kind: 'stats';
  /** Null when `follow` says the slots. */
  readonly range: SlotRange | null;
  /** Null: the archive is read. */
  readonly follow: FollowSpec | null;
  readonly archive: ArchiveLocation;
  readonly variants: StatsVariants;
  readonly verify: VerifyLevel;
}

/** How swaps reach ClickHouse: over a NATS stream that others may read too, or straight from the workers. */
export type SwapsSinkChoice = 'nats' | 'clickhouse';

/** Decodes every swap on the exchanges, for ClickHouse and whoever reads the stream. */
export interface SwapsJobSpec {
  readonly kind: 'swaps';
  /** Null when `follow` says the slots. */
  readonly range: SlotRange | null;
  /** Null: the archive is read. */
  readonly follow: FollowSpec | null;
  readonly archive: ArchiveLocation;
  readonly sink: SwapsSinkChoice;
  /** Also swaps of unknown programs, recognised by their transfers alone. */
  readonly generic: boolean;
  readonly verify: VerifyLevel;
}

export type JobState = 'running' | 'complete' | 'holes' | 'failed' | 'cancelled';

/** What a finished job can prove: done + skipped + quarantined covers the range exactly. */
export interface JobAudit {
  readonly slots: number;
  readonly done: number;
  readonly skipped: number;
  readonly quarantined: readonly QuarantinedSlot[];
  /** Slots nobody accounted for; anything but an empty list is a hole. */
  readonly missing: readonly SlotRange[];
}

export type JobReport = SessionsJobReport | StatsJobReport | SwapsJobReport;

/** The report that a job of the spec's kind ends with. */
export type JobReportOf<S extends JobSpec> = Extract<JobReport, { readonly kind: S['kind'] }>;

/** What the report of every kind of job tells. */
interface ReportFacts {
  readonly jobId: string;
  readonly state: JobState;
  /** True when an earlier run had already finished the very same job. */
  readonly alreadyComplete: boolean;
  readonly counters: ShardCounters;
  readonly audit: JobAudit;
  readonly elapsedMs: number;
}

export interface SessionsJobReport extends ReportFacts {
  readonly kind: 'sessions';
  readonly range: SlotRange | null;
  readonly source: 'archive' | 'rpc';
  readonly sourceReason: string;
  readonly sessions: readonly SessionResult[];
  /** Dead letters and refusals of the ingest endpoint among this job's sessions. */
  readonly undelivered: number;
  readonly hints: readonly string[];
}

export interface StatsJobReport extends ReportFacts {
  readonly kind: 'stats';
  readonly range: SlotRange;
  /** Address of the ClickHouse, without user and password. */
  readonly server: string;
  readonly database: string;
  /** What stands in ClickHouse about the range now, whoever wrote it. */
  readonly tables: readonly TableRows[];
}

export interface SwapsJobReport extends ReportFacts {
  readonly kind: 'swaps';
  readonly range: SlotRange;
  readonly sink: SwapsSinkChoice;
  /** Address of the ClickHouse, without user and password. */
  readonly server: string;
  readonly database: string;
  /** Swaps that the job decoded, by program, and what kept calls from being sure ones. */
  readonly decoded: SwapTallies;
  /** What stands in ClickHouse about the range now, whoever wrote it. */
  readonly stored: StoredSwaps;
}

export interface SwapTallies {
  /** Transactions that hold swaps. */
  readonly transactions: number;
  readonly swaps: number;
  readonly programs: readonly { readonly program: string; readonly swaps: number }[];
  readonly mismatches: readonly {
    readonly program: string;
    readonly reason: string;
    readonly calls: number;
  }[];
}

/** What stands in the tables about a range of slots. */
export interface StoredSwaps {
  readonly swaps: number;
  /** By the program's short name, `generic` for all guesses, most swaps first. */
  readonly programs: readonly { readonly program: string; readonly swaps: number }[];
  /** Swaps that no candle holds, because their block has no time. */
  readonly withoutTime: number;
  /** Candles that hold swaps of these slots, and maybe of others. */
  readonly candles: Readonly<Record<Timeframe, number>>;
}

export interface TableRows {
  readonly table: string;
  /** Rows of different keys. */
  readonly rows: number;
}

/** What a job tells while it runs; the command line draws it, the API streams it. */
export type JobEvent =
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'warning'; readonly text: string }
  | {
      readonly type: 'planned';
      readonly jobId: string;
      readonly shards: number;
      readonly shardsDone: number;
      readonly slotsPresent: number;
      readonly slotsSkipped: number;
      readonly bytes: number;
      readonly locators: readonly { readonly epoch: number; readonly locator: SlotLocator }[];
    }
  | {
      readonly type: 'progress';
      readonly shardsDone: number;
      readonly shards: number;
      readonly counters: ShardCounters;
    }
  | {
      readonly type: 'followed';
      /** Everything up to this slot is done. */
      readonly slot: number;
      /** Newest finalized slot when the batch was fetched. */
      readonly tip: number;
    }
  | { readonly type: 'session'; readonly session: SessionResult }
  | { readonly type: 'delivered'; readonly session: string; readonly bytes: number };
