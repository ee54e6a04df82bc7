import { encodeBase58 } from '../../core/base58.ts';
import { OperatingError } from '../../core/errors.ts';
import { identityContent } from '../../decode/cid.ts';
import { type DataFrame, isContinued } from '../../decode/data-frame.ts';
import { joinDataFrame } from '../../decode/join-data-frame.ts';
import {
  type BlockNode,
  decodeLedgerNode,
  type LedgerNode,
  NODE_KIND,
  type RewardsNode,
  type TransactionNode,
} from '../../decode/ledger-node.ts';
import { decodeRewards } from '../../decode/rewards.ts';
import { decodeStatusMeta } from '../../decode/status-meta.ts';
import { createTransactionLayout, readTransaction } from '../../decode/transaction.ts';
import { transactionErrorText } from '../../decode/transaction-error.ts';
import { ZstdDecoder } from '../../decode/zstd.ts';
import { unpackPayload } from '../archive/transaction-payloads.ts';

/** What is worth telling of a node, by name; nothing of unbounded length. */
export type NodeFacts = Readonly<Record<string, string | number | null>>;

export interface DescribedNode {
  /** The name of its kind as users write it. */
  readonly kind: NodeName;
  readonly facts: NodeFacts;
  /** Why a payload inside could not be read, or null. */
  readonly fault: string | null;
}

/** In the order of `NODE_KIND`. */
export const NODE_NAMES = [
  'transaction',
  'entry',
  'block',
  'subset',
  'epoch',
  'rewards',
  'frame',
] as const;

export type NodeName = (typeof NODE_NAMES)[number];

const FRAMES_MAX = 1 << 17;
/** Continuation frames kept while their node is waited for. */
const FRAMES_BYTES_MAX = 64 * 1024 * 1024;
const VERSION_NAMES = ['legacy', '0', '1'];

/** Tells what nodes say, one after another as they stand in the file. */
export class NodeDescriber {
  readonly #payloadBytesMax: number;
  readonly #zstd: ZstdDecoder;
  readonly #layout = createTransactionLayout();
  readonly #frames = new Map<string, DataFrame>();
  #framesBytes = 0;
  /** False while frames of this slot may have been before the first node that was read, or were too many to keep. */
  #framesWhole: boolean;

  /** @param fromStart true when the first node to come is the first of its slot. */
  constructor(payloadBytesMax: number, fromStart: boolean) {
    this.#payloadBytesMax = payloadBytesMax;
    this.#zstd = new ZstdDecoder(payloadBytesMax);
    this.#framesWhole = fromStart;
  }

  /** @throws {OperatingError} RECORD_MALFORMED when the bytes are no ledger node. */
  describe(cid: Uint8Array, bytes: Uint8Array): DescribedNode {
    const node = decodeLedgerNode(bytes, 0, bytes.length);
    const kind = NODE_NAMES[node.kind];
    if (kind === undefined) throw new RangeError(`no name for kind ${node.kind}`);
    const faults: string[] = [];
    const facts = this.#factsOf(node, faults);
    if (node.kind === NODE_KIND.dataFrame) this.#keepFrame(cid, bytes);
    if (node.kind === NODE_KIND.block) this.#forgetFrames(true);
    return { kind, facts, fault: faults.length === 0 ? null : faults.join('; ') };
  }

  #factsOf(node: LedgerNode, faults: string[]): NodeFacts {
    switch (node.kind) {
      case NODE_KIND.transaction:
        return this.#transactionFacts(node, faults);
      case NODE_KIND.entry:
        return {
          hashes: `${node.numHashes}`,
          hash: encodeBase58(node.hash),
          transactions: node.transactions.length,
        };
      case NODE_KIND.block:
        return blockFacts(node);
      case NODE_KIND.subset:
        return { first: node.firstSlot, last: node.lastSlot, blocks: node.blocks.length };
      case NODE_KIND.epoch:
        return { epoch: node.epoch, subsets: node.subsets.length };
      case NODE_KIND.rewards:
        return this.#rewardsFacts(node, faults);
      case NODE_KIND.dataFrame:
        return { frame: `${node.index ?? '?'}/${node.total ?? '?'}`, bytes: node.data.length };
    }
  }

  #transactionFacts(node: TransactionNode, faults: string[]): NodeFacts {
    const { slot, index, data, metadata } = node;
    const wire = this.#read('transaction', faults, () => this.#wireFacts(data));
    const status = this.#read('metadata', faults, () => this.#statusText(metadata, slot));
    const frames = isContinued(data) || isContinued(metadata);
    return {
      ...{ slot, index, ...(wire ?? { signature: null }), status: status ?? 'unknown' },
      metadata: metadata.data.length,
      ...(frames ? { frames: (data.total ?? 1) + (metadata.total ?? 1) } : {}),
    };
  }

  #wireFacts(data: DataFrame): NodeFacts {
    const wire = this.#join(data);
    const layout = this.#layout;
    readTransaction(wire, 0, wire.length, layout);
    const start = layout.signaturesStart;
    return {
      signature: layout.signatureCount > 0 ? encodeBase58(wire.subarray(start, start + 64)) : null,
      version: VERSION_NAMES[layout.version + 1] ?? null,
      instructions: layout.instructionCount,
      bytes: wire.length,
    };
  }

  #statusText(metadata: DataFrame, slot: number): string {
    const meta = decodeStatusMeta(this.#unpacked(metadata), slot);
    if (meta === null) return 'unknown';
    if (!meta.failed) return 'ok';
    return meta.error === null ? 'failed' : transactionErrorText(meta.error);
  }

  #rewardsFacts({ slot, data }: RewardsNode, faults: string[]): NodeFacts {
    const decoded = this.#read('rewards', faults, () => decodeRewards(this.#unpacked(data)));
    return { slot, rewards: decoded?.rewards.length ?? null, bytes: data.data.length };
  }

  /** The value, or null with the reason among the faults; frames that nobody could have seen are no fault. */
  #read<T>(what: string, faults: string[], read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      const unseen = error.code === 'ARCHIVE_CORRUPT' && !this.#framesWhole;
      if (!unseen) faults.push(`${what}: ${error.message}`);
      return null;
    }
  }

  #unpacked(frame: DataFrame): Uint8Array {
    const packed = this.#join(frame);
    return unpackPayload(packed, { start: 0, end: packed.length }, this.#zstd);
  }

  #join(frame: DataFrame): Uint8Array {
    const limits = { payloadBytesMax: this.#payloadBytesMax, framesMax: FRAMES_MAX };
    return joinDataFrame(frame, (cid) => this.#frames.get(keyOf(cid)), limits);
  }

  #keepFrame(cid: Uint8Array, bytes: Uint8Array): void {
    this.#framesBytes += bytes.length;
    if (this.#framesBytes > FRAMES_BYTES_MAX) this.#forgetFrames(false);
    const node = decodeLedgerNode(Uint8Array.from(bytes), 0, bytes.length);
    if (node.kind === NODE_KIND.dataFrame) this.#frames.set(keyOf(cid), node);
  }

  #forgetFrames(whole: boolean): void {
    this.#frames.clear();
    this.#framesBytes = 0;
    this.#framesWhole = whole;
  }
}

function blockFacts(block: BlockNode): NodeFacts {
  const { slot, parentSlot, blockTime, blockHeight, entries, rewards } = block;
  const hasRewards = rewards !== null && identityContent(rewards)?.length !== 0;
  return {
    ...{ slot, parent: parentSlot, height: blockHeight },
    time: timeText(blockTime),
    entries: entries.length,
    rewards: hasRewards ? 'yes' : 'none',
  };
}

/** A chain can claim times that no calendar has. */
function timeText(seconds: number): string | null {
  if (seconds === 0) return null;
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds}` : date.toISOString().replace('.000', '');
}

function keyOf(cid: Uint8Array): string {
  return Buffer.from(cid.buffer, cid.byteOffset, cid.length).toString('latin1');
}
