import type { SlotRange } from '../core/slot-range.ts';
import type { RpcOptions } from './worker-task.ts';

/** A block by which the next one is known to follow. */
export interface ChainBlock {
  readonly slot: number;
  /** base58 */
  readonly blockhash: string;
}

/**
 * Fetches the next finalized blocks by RPC and packs them into an archive of their own. A message on the task's port
 * stops it; the archive that was begun is then taken away.
 */
export interface FetchBlocksTask {
  readonly type: 'fetch-blocks';
  readonly rpc: RpcOptions;
  /** First slot; null: the finalized tip. */
  readonly start: number | null;
  /** The slot behind the last one wanted; null: no end. */
  readonly end: number | null;
  /** Most slots with a block or without one that are packed at once. */
  readonly slotsMax: number;
  /** Base folder of the archive that is written; made where it lacks. */
  readonly folder: string;
  /** The block before `start`, where known; the first block fetched must be its child. */
  readonly previous: ChainBlock | null;
}

export interface FetchBlocksResult {
  readonly type: 'fetch-blocks';
  /** Newest finalized slot. */
  readonly tip: number;
  /** Null when there is nothing new: `start` is beyond the tip. */
  readonly batch: FetchedBatch | null;
}

/** What one archive holds. Every slot of the range has its block in it, or was proven to be skipped. */
export interface FetchedBatch {
  /** Within one epoch. */
  readonly range: SlotRange;
  readonly slotsPresent: number;
  /** Its last block; of the batch before when it has none. */
  readonly last: ChainBlock | null;
}
