import { NODE_KIND, type Shredding } from '../decode/ledger-node.ts';
import type { CarWriter } from './car-writer.ts';
import { CborBytes } from './cbor-bytes.ts';
import { NO_REWARDS_CID } from './node-cid.ts';
import type { PackBlock, PackEntry, PackTransaction } from './pack-block.ts';
import { type FrameLimits, putFrame, writePayload } from './payload-frames.ts';

/** Called with every transaction's section name, in chain order. */
export type TransactionListener = (transaction: PackTransaction, cid: Buffer) => void;

export interface SlotFrameLimits {
  readonly transaction: FrameLimits;
  readonly rewards: FrameLimits;
}

/** 32 MiB: largest object the archive's creator makes today (its MAX_IPFS_OBJECT_SIZE). */
const OBJECT_BYTES_MAX = 32 * 1024 * 1024;

/** The creator's own limits: half an object each for a transaction's data and metadata. */
export const CREATOR_FRAME_LIMITS: SlotFrameLimits = {
  transaction: {
    firstBytesMax: (OBJECT_BYTES_MAX - 100 - 300) / 2,
    nextBytesMax: OBJECT_BYTES_MAX - 300,
  },
  rewards: {
    firstBytesMax: OBJECT_BYTES_MAX - 263 - 300,
    nextBytesMax: OBJECT_BYTES_MAX - 300,
  },
};

/** Turns blocks into sections in the creator's order: frames before the node that begins them, Block last. */
export class SlotWriter {
  readonly #car: CarWriter;
  readonly #limits: SlotFrameLimits;
  readonly #onTransaction: TransactionListener;
  readonly #cbor = new CborBytes();

  constructor(car: CarWriter, limits: SlotFrameLimits, onTransaction: TransactionListener) {
    this.#car = car;
    this.#limits = limits;
    this.#onTransaction = onTransaction;
  }

  /** Writes one slot and returns the CID of its Block. */
  writeSlot(
    block: PackBlock,
    entries: readonly PackEntry[],
    shredding: readonly Shredding[],
  ): Buffer {
    const entryLinks: Buffer[] = [];
    let index = 0;
    for (const entry of entries) {
      const links: Buffer[] = [];
      for (const transaction of block.transactions.slice(index, index + entry.transactionCount)) {
        links.push(this.#writeTransaction(transaction, block.slot, index++));
      }
      entryLinks.push(this.#writeEntry(entry, links));
    }
    const rewards = block.rewards === null ? NO_REWARDS_CID : this.#writeRewards(block);
    const cbor = this.#cbor.begin().array(6).integer(NODE_KIND.block).integer(block.slot);
    cbor.array(shredding.length);
    for (const { entryEndIndex, shredEndIndex } of shredding) {
      cbor.array(2).integer(entryEndIndex).integer(shredEndIndex);
    }
    this.#putLinks(entryLinks);
    cbor.array(3).integer(block.parentSlot).integer(block.blockTime);
    if (block.blockHeight === null) cbor.nothing();
    else cbor.integer(block.blockHeight);
    return this.#car.write(cbor.link(rewards).node);
  }

  /** Both slots belong to the subset. */
  writeSubset(firstSlot: number, lastSlot: number, blocks: readonly Uint8Array[]): Buffer {
    this.#cbor.begin().array(4).integer(NODE_KIND.subset).integer(firstSlot).integer(lastSlot);
    this.#putLinks(blocks);
    return this.#car.write(this.#cbor.node);
  }

  writeEpoch(epoch: number, subsets: readonly Uint8Array[]): Buffer {
    this.#cbor.begin().array(3).integer(NODE_KIND.epoch).integer(epoch);
    this.#putLinks(subsets);
    return this.#car.write(this.#cbor.node);
  }

  #writeTransaction(transaction: PackTransaction, slot: number, index: number): Buffer {
    const limits = this.#limits.transaction;
    const data = writePayload(this.#car, this.#cbor, transaction.wire, limits);
    const metadata = writePayload(this.#car, this.#cbor, transaction.metadata, limits);
    const cbor = this.#cbor.begin().array(5).integer(NODE_KIND.transaction);
    putFrame(cbor, data);
    putFrame(cbor, metadata);
    const cid = this.#car.write(cbor.integer(slot).integer(index).node);
    this.#onTransaction(transaction, cid);
    return cid;
  }

  #writeEntry(entry: PackEntry, transactions: readonly Uint8Array[]): Buffer {
    this.#cbor.begin().array(4).integer(NODE_KIND.entry).integer(entry.numHashes).bytes(entry.hash);
    this.#putLinks(transactions);
    return this.#car.write(this.#cbor.node);
  }

  #writeRewards(block: PackBlock): Buffer {
    const payload = block.rewards ?? new Uint8Array(0);
    const frame = writePayload(this.#car, this.#cbor, payload, this.#limits.rewards);
    const cbor = this.#cbor.begin().array(3).integer(NODE_KIND.rewards).integer(block.slot);
    putFrame(cbor, frame);
    return this.#car.write(cbor.node);
  }

  #putLinks(links: readonly Uint8Array[]): void {
    this.#cbor.array(links.length);
    for (const link of links) this.#cbor.link(link);
  }
}
