import type { ReadSlot } from '../../decode/block-check.ts';
import { NODE_CID_BYTES } from '../../decode/cid.ts';
import type { DataFrame } from '../../decode/data-frame.ts';
import { joinDataFrame } from '../../decode/join-data-frame.ts';
import {
  decodeLedgerNode,
  type EntryNode,
  NODE_KIND,
  type TransactionNode,
} from '../../decode/ledger-node.ts';
import { recordTooLarge } from '../../decode/malformed-record.ts';
import { createTransactionLayout, readTransaction } from '../../decode/transaction.ts';
import type { ScannedWindow } from '../archive/slot-consumer.ts';
import { SlotFrames } from '../archive/slot-frames.ts';
import { payloadFault, type SlotlessFault } from './verify-archive-fault.ts';

export interface GatherLimits {
  /** Most bytes that are kept of one slot, and most that its continuation frames may have. */
  readonly slotBytesMax: number;
  /** Most bytes of one joined payload. */
  readonly payloadBytesMax: number;
}

export interface GatheredEntry {
  readonly cid: Uint8Array;
  readonly node: EntryNode;
  /** Offset of its section in the file. */
  readonly offset: number;
}

export interface GatheredTransaction {
  readonly cid: Uint8Array;
  readonly slot: number;
  readonly index: number | null;
  /** 64 bytes each, one after another; empty where the transaction could not be read. */
  readonly signatures: Uint8Array;
}

/** More frames than the largest payload has in pieces of the smallest size ever used. */
const FRAMES_MAX = 1 << 17;
const SIGNATURE_BYTES = 64;
/** What a kept section costs besides its bytes. */
const SECTION_OVERHEAD_BYTES = 256;

/** Gathers the sections of one slot as copies, since the window moves on, and joins every payload on the way. */
export class GatheredSlot {
  readonly #limits: GatherLimits;
  readonly #frames: SlotFrames;
  readonly #layout = createTransactionLayout();
  #bytes = 0;
  entries: GatheredEntry[] = [];
  transactions: GatheredTransaction[] = [];
  rewards: { readonly cid: Uint8Array; readonly slot: number } | null = null;
  faults: SlotlessFault[] = [];
  /** DataFrames seen, the ones inside of other nodes included. */
  frames = 0;

  constructor(limits: GatherLimits) {
    this.#limits = limits;
    this.#frames = new SlotFrames(limits.slotBytesMax);
  }

  reset(): void {
    this.#bytes = 0;
    this.entries = [];
    this.transactions = [];
    this.rewards = null;
    this.faults = [];
    this.frames = 0;
    this.#frames.reset();
  }

  addEntry(window: ScannedWindow, row: number): void {
    const { sections } = window.scanner;
    const start = (sections.digestStarts[row] ?? 0) + 32 - NODE_CID_BYTES;
    const copy = Buffer.from(window.bytes.subarray(start, sections.ends[row]));
    this.#count(copy.length, start);
    const node = decodeLedgerNode(copy, NODE_CID_BYTES, copy.length);
    if (node.kind !== NODE_KIND.entry) return;
    this.entries.push({
      cid: copy.subarray(0, NODE_CID_BYTES),
      node,
      offset: offsetOf(window, row),
    });
  }

  addFrame(window: ScannedWindow, event: number): void {
    this.frames++;
    this.#frames.keep(window, event);
  }

  addTransaction(window: ScannedWindow, row: number): void {
    const node = nodeOf(window, row);
    if (node.kind !== NODE_KIND.transaction) return;
    const { slot, index } = node;
    this.frames += 2;
    const signatures = this.#signaturesOf(node, offsetOf(window, row));
    this.#count(NODE_CID_BYTES + signatures.length, offsetOf(window, row));
    this.transactions.push({ cid: cidOf(window, row), slot, index, signatures });
  }

  addRewards(window: ScannedWindow, row: number): void {
    const node = nodeOf(window, row);
    if (node.kind !== NODE_KIND.rewards) return;
    this.frames++;
    this.rewards = { cid: cidOf(window, row), slot: node.slot };
    try {
      this.#join(node.data);
    } catch (error) {
      this.faults.push(payloadFault(error, offsetOf(window, row)));
    }
  }

  /** What block-check compares; the Block is the one that ended the slot. */
  withBlock(block: ReadSlot['block']): ReadSlot {
    const { entries, transactions, rewards } = this;
    return { block, entries, transactions, rewards: rewards?.cid ?? null };
  }

  #signaturesOf(node: TransactionNode, offset: number): Uint8Array {
    try {
      this.#join(node.metadata);
      const wire = this.#join(node.data);
      readTransaction(wire, 0, wire.length, this.#layout);
      const { signaturesStart, signatureCount } = this.#layout;
      const end = signaturesStart + signatureCount * SIGNATURE_BYTES;
      return Uint8Array.from(wire.subarray(signaturesStart, end));
    } catch (error) {
      this.faults.push(payloadFault(error, offset));
      return new Uint8Array(0);
    }
  }

  #join(frame: DataFrame): Uint8Array {
    const { payloadBytesMax } = this.#limits;
    return joinDataFrame(frame, this.#frames.find, { payloadBytesMax, framesMax: FRAMES_MAX });
  }

  #count(bytes: number, offset: number): void {
    this.#bytes += bytes + SECTION_OVERHEAD_BYTES;
    if (this.#bytes <= this.#limits.slotBytesMax) return;
    throw recordTooLarge({
      attempted: 'gather the sections of a slot',
      offset,
      expected: `up to ${this.#limits.slotBytesMax} bytes`,
      received: 'more',
    });
  }
}

/** File offset of the section in `row`. */
export function offsetOf({ baseOffset, scanner }: ScannedWindow, row: number): number {
  return baseOffset + (scanner.sections.starts[row] ?? 0);
}

function nodeOf({ bytes, scanner: { sections } }: ScannedWindow, row: number) {
  return decodeLedgerNode(bytes, sections.nodeStarts[row] ?? 0, sections.ends[row] ?? 0);
}

function cidOf({ bytes, scanner: { sections } }: ScannedWindow, row: number): Uint8Array {
  const end = sections.nodeStarts[row] ?? 0;
  return Uint8Array.from(bytes.subarray(end - NODE_CID_BYTES, end));
}
