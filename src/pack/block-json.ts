import type { JsonPlace } from './json-place.ts';
import type { PackBlock, PackTransaction } from './pack-block.ts';
import { encodeRewards } from './rewards-protobuf.ts';
import { encodeStatusMeta } from './status-meta-protobuf.ts';
import { storedPayload } from './stored-payload.ts';
import { encodeWireTransaction } from './wire-transaction.ts';

/** One transaction of a list, before transactions of a slot are brought together. */
export interface ListedTransaction {
  readonly slot: number;
  /** Position in the slot, or null where the list's order tells. */
  readonly index: number | null;
  readonly blockTime: number;
  readonly transaction: PackTransaction;
}

/**
 * A getBlock answer with transaction details `full` and encoding `json` or `base64`.
 * @throws {OperatingError} RECORD_MALFORMED naming file, place and expectation.
 */
export function parseBlock(block: JsonPlace, slot: number): PackBlock {
  const hash = (name: string): Uint8Array | null => {
    const place = block.field(name);
    return place.isNothing ? null : place.base58(32);
  };
  const rewards = encodeRewards(block.field('rewards'), block.field('numRewardPartitions'));
  const height = block.field('blockHeight');
  return {
    slot,
    parentSlot: block.field('parentSlot').count(),
    blockTime: parseBlockTime(block.field('blockTime')),
    blockHeight: height.isNothing ? null : height.count(),
    blockhash: hash('blockhash'),
    previousBlockhash: hash('previousBlockhash'),
    transactions: block.field('transactions').items().map(parseTransaction),
    rewards: rewards === undefined ? null : storedPayload(rewards),
  };
}

/**
 * A getTransaction answer, or one line of a list: `{slot, transaction, meta, blockTime?, index?, version?}`.
 * @throws {OperatingError} RECORD_MALFORMED naming file, place and expectation.
 */
export function parseListedTransaction(item: JsonPlace): ListedTransaction {
  const index = item.field('index');
  return {
    slot: item.field('slot').count(),
    index: index.isNothing ? null : index.count(),
    blockTime: parseBlockTime(item.field('blockTime')),
    transaction: parseTransaction(item),
  };
}

function parseTransaction(item: JsonPlace): PackTransaction {
  const meta = item.field('meta');
  return {
    wire: encodeWireTransaction(item.field('transaction'), item.field('version')),
    metadata: meta.isNothing ? new Uint8Array(0) : storedPayload(encodeStatusMeta(meta)),
  };
}

function parseBlockTime(place: JsonPlace): number {
  return place.isNothing ? 0 : place.count(0xffff_ffff);
}
