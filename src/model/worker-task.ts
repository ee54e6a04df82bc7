import type { ErrorFacts } from '../core/errors.ts';
import type { SlotRange } from '../core/slot-range.ts';
import type { FetchBlocksResult, FetchBlocksTask } from './follow-task.ts';
import type { IqRecord } from './iq-record.ts';
import type { StatsShardTask } from './stats-task.ts';
import type { SwapsShardTask } from './swaps-task.ts';

/**
 * The whole protocol between the supervisor and a worker thread. Plain data only.
 * A task never changes; what it found comes back in batches over `port`, then one result ends it.
 */

/** Where archive bytes come from. A base is a folder path or an http(s) URL; both hold `<epoch>/epoch-<epoch>.car`. */
export interface ArchiveLocation {
  readonly carBase: string;
  readonly indexBase: string;
  /** Part of the legacy index names: `mainnet`. */
  readonly network: string;
  /** Folder for downloaded indexes; null keeps nothing. */
  readonly cacheDir: string | null;
  readonly forceLegacyIndex: boolean;
}

/** `all`: every CID; `used`: only what becomes a result, with its Block and Entry; `none`: nothing. */
export type VerifyLevel = 'all' | 'used' | 'none';

export type IqReaderMode = 'auto' | 'pinocchio' | 'legacy' | 'code-in' | 'passthrough';

export interface IqFilter {
  readonly mode: IqReaderMode;
  /** base58 program ids; empty means every program of the registry. */
  readonly programs: readonly string[];
  /** base58 session accounts; empty means any. */
  readonly sessions: readonly string[];
}

/** Bounds of what one worker may hold or hand over at once. */
export interface WorkerLimits {
  readonly windowBytes: number;
  readonly sectionBytesMax: number;
  readonly slotRecordsBytesMax: number;
  readonly batchRecordsMax: number;
  readonly batchBytesMax: number;
  readonly batchesInFlightMax: number;
  readonly slotTriesMax: number;
  readonly httpConnectionsMax: number;
  readonly httpTimeoutMs: number;
  readonly httpTriesMax: number;
}

/** Two Int32 cells shared with the supervisor: [0] is non-zero when the task should stop at the next slot. */
export type CancelFlag = SharedArrayBuffer;

export interface SessionsShardTask {
  readonly type: 'sessions-shard';
  readonly jobId: string;
  readonly shardId: number;
  readonly archive: ArchiveLocation;
  /** Within one epoch. */
  readonly range: SlotRange;
  readonly filter: IqFilter;
  readonly verify: VerifyLevel;
  readonly limits: WorkerLimits;
  readonly cancel: CancelFlag;
}

/** Finds out where the signatures of session accounts stand on the chain; needs RPC. */
export interface DiscoverTask {
  readonly type: 'discover';
  readonly rpc: RpcOptions;
  /** base58 accounts or signatures, as the user gave them. */
  readonly targets: readonly string[];
  readonly signaturePagesMax: number;
  /** Says which programs a signature may be an upload of. */
  readonly filter: IqFilter;
}

export interface RpcOptions {
  readonly url: string;
  readonly requestsPerSecond: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly triesMax: number;
}

export interface DiscoveredTarget {
  readonly target: string;
  /** The session account, or null for a linked list or an inline upload known only by its signature. */
  readonly session: string | null;
  /** Tail or closing signature the upload is walked from; null for a session account. */
  readonly signature: string | null;
  readonly signatures: number;
  readonly pages: number;
  readonly oldestSlot: number;
  readonly newestSlot: number;
  /** True when the page limit cut the history off: older slots may be missing. */
  readonly truncated: boolean;
}

export interface DiscoverResult {
  readonly type: 'discover';
  /** Targets without any signature are left out; a warning names them. */
  readonly targets: readonly DiscoveredTarget[];
  /** Sentences for the user. */
  readonly warnings: readonly string[];
}

/** Fetches the transactions of the targets themselves by RPC, no archive involved. */
export interface SessionsRpcTask {
  readonly type: 'sessions-rpc';
  readonly shardId: number;
  readonly rpc: RpcOptions;
  readonly targets: readonly DiscoveredTarget[];
  readonly signaturePagesMax: number;
  readonly filter: IqFilter;
  readonly limits: WorkerLimits;
  readonly cancel: CancelFlag;
}

export interface PlanTask {
  readonly type: 'plan';
  readonly archive: ArchiveLocation;
  readonly range: SlotRange;
  readonly shardBytesTarget: number;
  readonly shardSlotsMax: number;
  readonly limits: WorkerLimits;
}

/** How a plan knew where slots are; `scan` and `bisect` know less before they have read. */
export type SlotLocator = 'slot-ranges' | 'compact-index' | 'bisect' | 'scan';

export interface PlannedShard {
  readonly range: SlotRange;
  readonly slotsPresent: number;
  /** -1 where the locator cannot know it. */
  readonly bytes: number;
}

export interface PlanResult {
  readonly type: 'plan';
  readonly shards: readonly PlannedShard[];
  readonly slotsPresent: number;
  readonly slotsSkipped: number;
  readonly bytes: number;
  readonly locators: readonly { readonly epoch: number; readonly locator: SlotLocator }[];
  /** Sentences: why better ways of finding slots were not used. */
  readonly notes: readonly string[];
}

/** One row of `jetstreamer_slot_status`. */
export interface SlotStatusRow {
  readonly slot: number;
  readonly transactions: number;
  readonly votes: number;
  readonly blockTime: number;
}

export interface ShardCounters {
  readonly slotsDone: number;
  readonly slotsSkipped: number;
  readonly transactions: number;
  readonly votes: number;
  readonly entries: number;
  readonly sections: number;
  readonly bytesRead: number;
  readonly cidsVerified: number;
  readonly metadataDecoded: number;
  /** Instructions of an IQ program that could not be believed. */
  readonly instructionsIgnored: number;
  /** By name, what only one kind of job counts; names come from closed lists. */
  readonly tallies: Readonly<Record<string, number>>;
}

export interface QuarantinedSlot {
  readonly slot: number;
  readonly offset: number;
  readonly error: ErrorFacts;
}

/** Handed over on the task's port; the next batch waits until earlier ones are acknowledged (`batchesInFlightMax`). */
export interface RecordBatch {
  readonly type: 'records';
  readonly shardId: number;
  readonly sequence: number;
  readonly records: readonly IqRecord[];
  readonly slots: readonly SlotStatusRow[];
}

export interface ShardProgress {
  readonly type: 'progress';
  readonly shardId: number;
  readonly counters: ShardCounters;
}

/** A sentence for the user about what the worker waits out. */
export interface ShardWarning {
  readonly type: 'warning';
  readonly shardId: number;
  readonly text: string;
}

export interface BatchAck {
  readonly type: 'ack';
  readonly sequence: number;
}

export type WorkerMessage = RecordBatch | ShardProgress | ShardWarning;

export type WorkerTask =
  | SessionsShardTask
  | SessionsRpcTask
  | StatsShardTask
  | SwapsShardTask
  | DiscoverTask
  | PlanTask
  | FetchBlocksTask;

export interface ShardResult {
  readonly type: 'shard';
  readonly shardId: number;
  /** `cancelled`: stopped between slots, nothing to be marked as done. */
  readonly outcome: 'done' | 'cancelled';
  readonly counters: ShardCounters;
  readonly quarantined: readonly QuarantinedSlot[];
}

/** A task that could not finish: the facts of its error, since errors lose their fields between threads. */
export interface TaskFailure {
  readonly type: 'failed';
  readonly error: ErrorFacts;
}

export type WorkerResult =
  | ShardResult
  | PlanResult
  | DiscoverResult
  | FetchBlocksResult
  | TaskFailure;
