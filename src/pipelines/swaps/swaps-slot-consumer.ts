import { encodeBase58 } from '../../core/base58.ts';
import type { AccountKeySet } from '../../decode/account-key-set.ts';
import type { BlockFacts } from '../../decode/block-facts.ts';
import { NODE_KIND } from '../../decode/ledger-node.ts';
import type { LookupTableMemory } from '../../decode/lookup-table-memory.ts';
import { recordTooLarge } from '../../decode/malformed-record.ts';
import {
  type ScannedTransaction,
  viewLedgerTransaction,
} from '../../decode/scanned-transaction.ts';
import { EVENT_FLAG } from '../../decode/section-tables.ts';
import { StatusMetaFields } from '../../decode/status-meta-fields.ts';
import { viewLogsAndTokenBalances } from '../../decode/status-meta-view.ts';
import { createTransactionLayout, readTransaction } from '../../decode/transaction.ts';
import { isVoteTransaction } from '../../decode/vote-transaction.ts';
import type { ChainSwaps } from '../../model/swap.ts';
import type { SwapCounts } from '../../model/swap-tallies.ts';
import type { SlotStatusRow } from '../../model/worker-task.ts';
import { decodeSwaps } from '../../protocols/dex/decode-swaps.ts';
import { isTellingLine } from '../../protocols/dex/logged-events.ts';
import { priceSwap } from '../../protocols/market/price-swap.ts';
import type { CountingConsumer } from '../archive/read-shard.ts';
import type { ScannedWindow } from '../archive/slot-consumer.ts';
import { atEvent, openPayloads, sectionStart, strayTransaction } from '../archive/slot-event.ts';
import {
  type PayloadReader,
  readMetadataFields,
  readTransactionPayloads,
} from '../archive/transaction-payloads.ts';
import { callsWanted, loadsWanted } from './swap-candidate.ts';
import { SwapTally } from './swap-tally.ts';

export interface SwapsSlotConsumerOptions {
  /** Also swaps of unknown programs, recognised by their transfers alone. */
  readonly generic: boolean;
  /** Those of `wantedForSwaps(generic)`, which the scan looks for too. */
  readonly keys: AccountKeySet;
  /** Of the same keys, and of a chain that is verified as far as this one. */
  readonly tables: LookupTableMemory;
  /**
   * Called for a whole slot that holds swaps, with its transactions in chain order. Where it throws, the slot cannot
   * be had and is not counted.
   */
  readonly onSwaps: (transactions: readonly ChainSwaps[]) => void;
  /** Called behind the swaps of the slot. @returns true when `flush` must be awaited. */
  readonly onSlot: (status: SlotStatusRow) => boolean;
  readonly flush: () => Promise<void>;
  /** Whether anything that was handed over is still under way. */
  readonly hasRequests: () => boolean;
  readonly slotRecordsBytesMax: number;
  readonly payloadBytesMax: number;
}

/** Bytes that a swap takes in memory: its texts of 44 characters, four large numbers and itself; on the safe side. */
const SWAP_BYTES = 1024;

type SlotSwaps = Pick<ChainSwaps, 'txIndex' | 'signature' | 'swaps'>;

/** Finds the swaps of every transaction that may hold one, and hands over whole slots. */
export class SwapsSlotConsumer implements CountingConsumer {
  readonly #options: SwapsSlotConsumerOptions;
  readonly #payloads: PayloadReader;
  readonly #layout = createTransactionLayout();
  readonly #fields = new StatusMetaFields();
  readonly #tally = new SwapTally();
  readonly #slotTally = new SwapTally();
  #slotSwaps: SlotSwaps[] = [];
  #slotBytes = 0;
  /** Votes among transactions whose bytes are continued, which the scan cannot see. */
  #continuedVotes = 0;
  /** Slot that the transactions since the last Block name; -1 before the first. */
  #slot = -1;
  transactions = 0;
  votes = 0;
  entries = 0;
  metadataDecoded = 0;
  readonly instructionsIgnored = 0;

  constructor(options: SwapsSlotConsumerOptions) {
    this.#options = options;
    this.#payloads = openPayloads(options);
  }

  /** What was found in whole slots. */
  counts(): SwapCounts {
    return this.#tally.counts();
  }

  takeEvent(window: ScannedWindow, event: number): boolean {
    const kind = window.scanner.events.kinds[event];
    try {
      if (kind === NODE_KIND.transaction) return this.#takeTransaction(window, event);
      if (kind !== NODE_KIND.dataFrame) return false;
      // A frame becomes part of whatever is joined from it.
      this.#payloads.frames.keep(window, event);
      return true;
    } catch (error) {
      throw atEvent(error, window, event);
    }
  }

  /** @throws {OperatingError} ARCHIVE_CORRUPT when a transaction names another slot. */
  takeBlock({ scanner: { events } }: ScannedWindow, event: number, block: BlockFacts): boolean {
    const { slot, blockTime } = block;
    if (this.#slot >= 0 && this.#slot !== slot) throw strayTransaction(slot, this.#slot);
    this.#handOver(slot, blockTime === 0 ? null : blockTime);
    const transactions = events.slotTransactions[event] ?? 0;
    const votes = (events.slotVotes[event] ?? 0) + this.#continuedVotes;
    this.transactions += transactions;
    this.votes += votes;
    this.entries += events.slotEntries[event] ?? 0;
    this.#tally.addAll(this.#slotTally.counts());
    this.#endSlot();
    return this.#options.onSlot({ slot, transactions, votes, blockTime });
  }

  /** The bytes of the slot were wrong, so what was learned from them may be wrong too. */
  resetSlot(): void {
    this.#options.tables.clear();
    this.#endSlot();
  }

  flush(): Promise<void> {
    return this.#options.flush();
  }

  hasRequests(): boolean {
    return this.#options.hasRequests();
  }

  #handOver(slot: number, blockTime: number | null): void {
    if (this.#slotSwaps.length === 0) return;
    this.#options.onSwaps(this.#slotSwaps.map((swaps) => ({ slot, blockTime, ...swaps })));
  }

  #endSlot(): void {
    if (this.#slotSwaps.length > 0) this.#slotSwaps = [];
    this.#slotTally.reset();
    this.#slotBytes = 0;
    this.#continuedVotes = 0;
    this.#slot = -1;
    this.#payloads.frames.reset();
  }

  #takeTransaction(window: ScannedWindow, event: number): boolean {
    const { events } = window.scanner;
    const slot = events.slots[event] ?? 0;
    if (this.#slot >= 0 && slot !== this.#slot) throw strayTransaction(this.#slot, slot);
    this.#slot = slot;
    const flags = events.flags[event] ?? 0;
    if ((flags & EVENT_FLAG.vote) !== 0) return false;
    const wire = this.#readWire(window, event);
    if (wire === null) return false;
    const { keys, tables } = this.#options;
    const isNamed = (flags & (EVENT_FLAG.keyMatch | EVENT_FLAG.dataContinued)) !== 0;
    const layout = this.#layout;
    if (!isNamed && tables.knowsAllUnwanted(wire, layout)) return false;
    const fields = this.#fields;
    const metadata = readMetadataFields(window, event, this.#payloads, fields);
    if (metadata === null) return false;
    this.metadataDecoded++;
    if (!isNamed && !loadsWanted(keys, metadata, fields)) {
      tables.learnUnwanted(wire, layout, fields);
      return true;
    }
    if (fields.failed || !callsWanted(keys, { wire, layout, metadata, fields })) return false;
    return this.#takeCandidate(window, event, { wire, layout, metadata, fields });
  }

  /** Fills the layout of the transaction in the bytes returned; null for a vote that only its bytes tell. */
  #readWire(window: ScannedWindow, event: number): Buffer | null {
    const { events } = window.scanner;
    const layout = this.#layout;
    if (((events.flags[event] ?? 0) & EVENT_FLAG.dataContinued) === 0) {
      const start = events.dataStarts[event] ?? 0;
      readTransaction(window.bytes, start, events.dataEnds[event] ?? 0, layout);
      return window.bytes;
    }
    const { wire } = readTransactionPayloads(window, event, this.#payloads);
    readTransaction(wire, 0, wire.length, layout);
    if (!isVoteTransaction(wire, layout)) {
      return Buffer.from(wire.buffer, wire.byteOffset, wire.length);
    }
    this.#continuedVotes++;
    return null;
  }

  #takeCandidate(window: ScannedWindow, event: number, scanned: ScannedTransaction): boolean {
    const { generic } = this.#options;
    const slot = this.#slot;
    const txIndex = window.scanner.events.transactionIndexes[event] ?? 0;
    const position = { slot, transactionIndex: txIndex, blockTime: 0 };
    const transaction = viewLedgerTransaction(scanned, position);
    const meta = viewLogsAndTokenBalances(scanned, slot, isTellingLine);
    const decoded = decodeSwaps(transaction, meta, { generic });
    const { swaps, mismatches } = decoded;
    this.#slotTally.add(decoded);
    if (swaps.length > 0) {
      this.#reserve(swaps.length, sectionStart(window, event));
      const signature = encodeBase58(transaction.signature);
      this.#slotSwaps.push({ txIndex, signature, swaps: swaps.map(priceSwap) });
    }
    return swaps.length + mismatches.length > 0;
  }

  #reserve(swaps: number, offset: number): void {
    this.#slotBytes += swaps * SWAP_BYTES;
    const { slotRecordsBytesMax } = this.#options;
    if (this.#slotBytes <= slotRecordsBytesMax) return;
    throw recordTooLarge({
      attempted: `gather the swaps of slot ${this.#slot}`,
      offset,
      expected: `up to ${slotRecordsBytesMax} bytes`,
      received: 'more',
    });
  }
}
