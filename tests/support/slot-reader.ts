import { encodeBase58 } from '../../src/core/base58.ts';
import type { ReadSlot } from '../../src/decode/block-check.ts';
import { decodeCarHeader, decodeSection } from '../../src/decode/car-frame.ts';
import { encodeCidText } from '../../src/decode/cid.ts';
import type { DataFrame } from '../../src/decode/data-frame.ts';
import { joinDataFrame } from '../../src/decode/join-data-frame.ts';
import { type BlockNode, decodeLedgerNode, NODE_KIND } from '../../src/decode/ledger-node.ts';
import { createTransactionLayout, readTransaction } from '../../src/decode/transaction.ts';
import { isVoteTransaction } from '../../src/decode/vote-transaction.ts';
import type { GoldenSlot } from './ledger-archives.ts';

const limits = { payloadBytesMax: 32 << 20, framesMax: 100_000 };

/** A slot as the general decoders read it. */
export interface SlotFacts {
  readonly facts: GoldenSlot;
  readonly sections: ReadSlot;
  /** Whole transactions in file order. */
  readonly wires: readonly Uint8Array[];
}

/** Reads a whole CAR with the general decoders, slot by slot; what follows the last Block is only decoded. */
export function* readSlots(car: Buffer): Generator<SlotFacts> {
  let start = decodeCarHeader(car)?.end ?? 0;
  let slot = new SlotReader(start);
  for (let at = start; at < car.length; ) {
    const section = decodeSection(car, at, car.length, 32 << 20);
    if (typeof section === 'number') throw new RangeError(`section at ${at} is cut off`);
    at = section.end;
    const cid = car.subarray(section.digestStart - 4, section.nodeStart);
    const block = slot.take(car, cid, section);
    // In files merged from parts a Subset stands between two slots and belongs to neither.
    const between = block === undefined && car[section.nodeStart + 1] === NODE_KIND.subset;
    if (block === undefined && !between) continue;
    if (block !== undefined) yield slot.finish(block, at);
    start = at;
    slot = new SlotReader(start);
  }
}

class SlotReader {
  readonly #start: number;
  readonly #layout = createTransactionLayout();
  readonly #frames = new Map<string, DataFrame>();
  readonly #entries: ReadSlot['entries'][number][] = [];
  readonly #transactions: ReadSlot['transactions'][number][] = [];
  readonly #wires: Uint8Array[] = [];
  #rewards: Uint8Array | null = null;

  constructor(start: number) {
    this.#start = start;
  }

  take(car: Buffer, cid: Buffer, at: { nodeStart: number; end: number }): BlockNode | undefined {
    const node = decodeLedgerNode(car, at.nodeStart, at.end);
    if (node.kind === NODE_KIND.dataFrame) this.#frames.set(encodeCidText(cid), node);
    else if (node.kind === NODE_KIND.entry) this.#entries.push({ cid, node });
    else if (node.kind === NODE_KIND.transaction) {
      this.#transactions.push({ cid, slot: node.slot, index: node.index });
      this.#join(node.metadata);
      this.#wires.push(this.#join(node.data));
    } else if (node.kind === NODE_KIND.rewards) {
      this.#join(node.data);
      this.#rewards = cid;
    } else if (node.kind === NODE_KIND.block) return node;
    return undefined;
  }

  finish(block: BlockNode, end: number): SlotFacts {
    const { slot, parentSlot, blockTime, blockHeight } = block;
    const counts = { votes: 0, v0: 0, topLevelInstructions: 0 };
    const signatures = this.#wires.map((wire) => this.#count(wire, counts));
    const facts: GoldenSlot = {
      ...{ slot, parentSlot, blockTime, blockHeight, ...counts },
      blockhash: encodeBase58(this.#entries.at(-1)?.node.hash ?? Buffer.of()),
      entries: this.#entries.length,
      transactions: this.#transactions.length,
      firstSignature: signatures[0] ?? null,
      lastSignature: signatures.at(-1) ?? null,
      range: [this.#start, end - this.#start],
    };
    const sections = {
      block,
      entries: this.#entries,
      transactions: this.#transactions,
      rewards: this.#rewards,
    };
    return { facts, sections, wires: this.#wires };
  }

  #join(frame: DataFrame): Uint8Array {
    return joinDataFrame(frame, (cid) => this.#frames.get(encodeCidText(cid)), limits);
  }

  #count(
    wire: Uint8Array,
    counts: { votes: number; v0: number; topLevelInstructions: number },
  ): string {
    const layout = this.#layout;
    readTransaction(wire, 0, wire.length, layout);
    if (isVoteTransaction(wire, layout)) counts.votes++;
    if (layout.version === 0) counts.v0++;
    counts.topLevelInstructions += layout.instructionCount;
    return encodeBase58(wire.subarray(layout.signaturesStart, layout.signaturesStart + 64));
  }
}
