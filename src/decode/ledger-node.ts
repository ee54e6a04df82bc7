/**
 * Owned here: the seven kinds of nodes an Old Faithful archive is made of, as typed objects over views.
 * Not here: what stands inside payloads (transaction, metadata, rewards), and the scan, which builds no objects.
 * Source of all tuples: ledger.ipldsch of rpcpool/yellowstone-faithful.
 */
import { CborCursor } from './cbor-cursor.ts';
import { DATA_FRAME_KIND, type DataFrame, decodeDataFrame, readLinks } from './data-frame.ts';
import { malformedRecord } from './malformed-record.ts';

/** First element of each node's tuple. */
export const NODE_KIND = {
  transaction: 0,
  entry: 1,
  block: 2,
  subset: 3,
  epoch: 4,
  rewards: 5,
  dataFrame: DATA_FRAME_KIND,
} as const;

export interface TransactionNode {
  readonly kind: typeof NODE_KIND.transaction;
  readonly data: DataFrame;
  readonly metadata: DataFrame;
  readonly slot: number;
  /** Position in the block; null in archives older than the field. */
  readonly index: number | null;
}

export interface EntryNode {
  readonly kind: typeof NODE_KIND.entry;
  readonly numHashes: bigint;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  readonly transactions: readonly Uint8Array[];
}

export interface Shredding {
  readonly entryEndIndex: number;
  /** -1 where the entry does not end a batch of shreds. */
  readonly shredEndIndex: number;
}

export interface BlockNode {
  readonly kind: typeof NODE_KIND.block;
  readonly slot: number;
  readonly shredding: readonly Shredding[];
  readonly entries: readonly Uint8Array[];
  readonly parentSlot: number;
  /** Seconds since 1970; 0 where the archive does not know it. */
  readonly blockTime: number;
  readonly blockHeight: number | null;
  /** Binary CID; an empty identity CID where the slot has none. Null where the node has no such field. */
  readonly rewards: Uint8Array | null;
}

export interface SubsetNode {
  readonly kind: typeof NODE_KIND.subset;
  readonly firstSlot: number;
  readonly lastSlot: number;
  readonly blocks: readonly Uint8Array[];
}

export interface EpochNode {
  readonly kind: typeof NODE_KIND.epoch;
  readonly epoch: number;
  readonly subsets: readonly Uint8Array[];
}

export interface RewardsNode {
  readonly kind: typeof NODE_KIND.rewards;
  readonly slot: number;
  readonly data: DataFrame;
}

export type LedgerNode =
  | TransactionNode
  | EntryNode
  | BlockNode
  | SubsetNode
  | EpochNode
  | RewardsNode
  | DataFrame;

/**
 * Decodes the node in [start, end); byte fields are views.
 * @throws {OperatingError} RECORD_MALFORMED for anything but exactly one node of a known kind.
 */
export function decodeLedgerNode(bytes: Uint8Array, start: number, end: number): LedgerNode {
  const cursor = new CborCursor(bytes, start, end);
  const node = readNode(cursor);
  if (cursor.at !== end)
    throw malformed(cursor.at, 'the end of the node', `${end - cursor.at} bytes`);
  return node;
}

function readNode(cursor: CborCursor): LedgerNode {
  const start = cursor.at;
  const count = cursor.readArrayCount();
  const kind = count > 0 ? cursor.readUnsigned() : -1;
  switch (kind) {
    case NODE_KIND.transaction:
      return readTransactionNode(cursor, expectCount(start, count, 4, 5));
    case NODE_KIND.entry:
      expectCount(start, count, 4, 4);
      return readEntryNode(cursor);
    case NODE_KIND.block:
      return readBlockNode(cursor, expectCount(start, count, 5, 6));
    case NODE_KIND.subset:
      expectCount(start, count, 4, 4);
      return readSubsetNode(cursor);
    case NODE_KIND.epoch:
      expectCount(start, count, 3, 3);
      return { kind, epoch: cursor.readUnsigned(), subsets: readLinks(cursor) };
    case NODE_KIND.rewards:
      expectCount(start, count, 3, 3);
      return { kind, slot: cursor.readUnsigned(), data: decodeDataFrame(cursor) };
    case NODE_KIND.dataFrame:
      cursor.at = start;
      return decodeDataFrame(cursor);
    default:
      throw malformed(start, 'a node of kind 0 to 6', `kind ${kind}`);
  }
}

function readTransactionNode(cursor: CborCursor, count: number): TransactionNode {
  const data = decodeDataFrame(cursor);
  const metadata = decodeDataFrame(cursor);
  const slot = cursor.readUnsigned();
  const index = count < 5 || cursor.skipNull() ? null : cursor.readUnsigned();
  return { kind: NODE_KIND.transaction, data, metadata, slot, index };
}

function readEntryNode(cursor: CborCursor): EntryNode {
  const numHashes = cursor.readInteger();
  const hashAt = cursor.at;
  const hash = cursor.readBytes();
  if (numHashes < 0n || hash.length !== 32) {
    throw malformed(hashAt, 'a hash of 32 bytes and a count', `${hash.length} bytes, ${numHashes}`);
  }
  return { kind: NODE_KIND.entry, numHashes, hash, transactions: readLinks(cursor) };
}

function readBlockNode(cursor: CborCursor, count: number): BlockNode {
  const slot = cursor.readUnsigned();
  const shredding: Shredding[] = [];
  for (let left = cursor.readArrayCount(); left > 0; left--) shredding.push(readShredding(cursor));
  const entries = readLinks(cursor);
  const meta = readSlotMeta(cursor);
  const rewards = count < 6 || cursor.skipNull() ? null : cursor.readLink();
  return { kind: NODE_KIND.block, slot, shredding, entries, ...meta, rewards };
}

function readShredding(cursor: CborCursor): Shredding {
  const offset = cursor.at;
  if (cursor.readArrayCount() !== 2) throw malformed(offset, 'a pair of indexes', 'another count');
  return { entryEndIndex: readSmallInteger(cursor), shredEndIndex: readSmallInteger(cursor) };
}

function readSlotMeta(
  cursor: CborCursor,
): Pick<BlockNode, 'parentSlot' | 'blockTime' | 'blockHeight'> {
  const count = expectCount(cursor.at, cursor.readArrayCount(), 2, 3);
  const parentSlot = cursor.readUnsigned();
  const blockTime = cursor.skipNull() ? 0 : readSmallInteger(cursor);
  const blockHeight = count < 3 || cursor.skipNull() ? null : cursor.readUnsigned();
  return { parentSlot, blockTime, blockHeight };
}

function readSubsetNode(cursor: CborCursor): SubsetNode {
  const firstSlot = cursor.readUnsigned();
  const lastSlot = cursor.readUnsigned();
  return { kind: NODE_KIND.subset, firstSlot, lastSlot, blocks: readLinks(cursor) };
}

function readSmallInteger(cursor: CborCursor): number {
  const offset = cursor.at;
  const value = Number(cursor.readInteger());
  if (!Number.isSafeInteger(value)) throw malformed(offset, 'up to 53 bits', `${value}`);
  return value;
}

function expectCount(offset: number, count: number, from: number, to: number): number {
  if (count < from || count > to) throw malformed(offset, `${from} to ${to} elements`, `${count}`);
  return count;
}

function malformed(offset: number, expected: string, received: string): Error {
  return malformedRecord({ attempted: 'decode a ledger node', offset, expected, received });
}
