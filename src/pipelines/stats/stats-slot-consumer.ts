import type { BlockFacts } from '../../decode/block-facts.ts';
import { NODE_KIND } from '../../decode/ledger-node.ts';
import { EVENT_FLAG } from '../../decode/section-tables.ts';
import { StatusMetaFields } from '../../decode/status-meta-fields.ts';
import { createTransactionLayout, readTransaction } from '../../decode/transaction.ts';
import { isVoteTransaction } from '../../decode/vote-transaction.ts';
import { KEY_WORDS, type StatsVariants } from '../../model/ledger-stats.ts';
import { SlotStats } from '../../protocols/ledger-stats/slot-stats.ts';
import type { LedgerStatsSink } from '../../sinks/ledger-stats-sink.ts';
import type { CountingConsumer } from '../archive/read-shard.ts';
import type { ScannedWindow } from '../archive/slot-consumer.ts';
import { atEvent, openPayloads, strayTransaction } from '../archive/slot-event.ts';
import {
  type PayloadReader,
  readMetadataFields,
  readTransactionPayloads,
} from '../archive/transaction-payloads.ts';

export interface StatsSlotConsumerOptions {
  readonly variants: StatsVariants;
  readonly sink: Pick<LedgerStatsSink, 'addSlot' | 'flush' | 'hasRequests'>;
  readonly slotRecordsBytesMax: number;
  readonly payloadBytesMax: number;
  /** Value in [0, 1). */
  readonly random: () => number;
  /** Ends waiting for the sink. */
  readonly signal: AbortSignal;
}

const NOTHING = Buffer.alloc(0);

/** Counts every transaction of a slot, and hands over whole slots. */
export class StatsSlotConsumer implements CountingConsumer {
  readonly #options: StatsSlotConsumerOptions;
  readonly #payloads: PayloadReader;
  readonly #stats: SlotStats;
  readonly #wire = new BytesView();
  readonly #metadata = new BytesView();
  readonly #transaction = {
    wire: this.#wire.of(NOTHING),
    layout: createTransactionLayout(),
    isVote: false,
    metadata: this.#metadata.of(NOTHING),
    fields: new StatusMetaFields(),
  };
  /** Votes among transactions whose bytes are continued, which the scan cannot see. */
  #continuedVotes = 0;
  /** Slot that the transactions since the last Block name; -1 before the first. */
  #slot = -1;
  transactions = 0;
  votes = 0;
  entries = 0;
  metadataDecoded = 0;
  readonly instructionsIgnored = 0;

  constructor(options: StatsSlotConsumerOptions) {
    const { variants, random, slotRecordsBytesMax } = options;
    this.#options = options;
    this.#stats = new SlotStats({
      ...{ variants, random },
      keysMax: Math.floor(slotRecordsBytesMax / (KEY_WORDS * 4)),
    });
    this.#payloads = openPayloads(options);
  }

  takeEvent(window: ScannedWindow, event: number): boolean {
    const kind = window.scanner.events.kinds[event];
    try {
      if (kind === NODE_KIND.transaction) this.#takeTransaction(window, event);
      else if (kind === NODE_KIND.dataFrame) this.#payloads.frames.keep(window, event);
      else return false;
      return true;
    } catch (error) {
      throw atEvent(error, window, event);
    }
  }

  /** @throws {OperatingError} ARCHIVE_CORRUPT when a transaction names another slot. */
  takeBlock({ scanner: { events } }: ScannedWindow, event: number, block: BlockFacts): boolean {
    const { slot, blockTime } = block;
    if (this.#slot >= 0 && this.#slot !== slot) throw strayTransaction(slot, this.#slot);
    const transactions = events.slotTransactions[event] ?? 0;
    const votes = (events.slotVotes[event] ?? 0) + this.#continuedVotes;
    this.transactions += transactions;
    this.votes += votes;
    this.entries += events.slotEntries[event] ?? 0;
    const status = { slot, transactions, votes, blockTime };
    const flushDue = this.#options.sink.addSlot(status, this.#stats);
    this.resetSlot();
    return flushDue;
  }

  resetSlot(): void {
    this.#stats.reset();
    this.#continuedVotes = 0;
    this.#slot = -1;
    this.#payloads.frames.reset();
  }

  flush(): Promise<void> {
    return this.#options.sink.flush(this.#options.signal);
  }

  hasRequests(): boolean {
    return this.#options.sink.hasRequests;
  }

  #takeTransaction(window: ScannedWindow, event: number): void {
    const { events } = window.scanner;
    const slot = events.slots[event] ?? 0;
    if (this.#slot >= 0 && slot !== this.#slot) throw strayTransaction(this.#slot, slot);
    this.#slot = slot;
    const flags = events.flags[event] ?? 0;
    const transaction = this.#transaction;
    const { layout, fields } = transaction;
    let wire = window.bytes;
    if ((flags & EVENT_FLAG.dataContinued) !== 0) {
      const joined = readTransactionPayloads(window, event, this.#payloads).wire;
      wire = Buffer.from(joined.buffer, joined.byteOffset, joined.length);
      readTransaction(wire, 0, wire.length, layout);
      transaction.isVote = isVoteTransaction(wire, layout);
      if (transaction.isVote) this.#continuedVotes++;
    } else {
      readTransaction(wire, events.dataStarts[event] ?? 0, events.dataEnds[event] ?? 0, layout);
      transaction.isVote = (flags & EVENT_FLAG.vote) !== 0;
    }
    const metadata = readMetadataFields(window, event, this.#payloads, fields);
    if (metadata === null) fields.read(NOTHING, 0, 0);
    else this.metadataDecoded++;
    transaction.wire = this.#wire.of(wire);
    transaction.metadata = this.#metadata.of(metadata ?? NOTHING);
    this.#stats.add(transaction);
  }
}

/** The view over some bytes, made once for as long as the same bytes come. */
class BytesView {
  #bytes: Uint8Array = NOTHING;
  #view: DataView = new DataView(new ArrayBuffer(0));

  of(bytes: Uint8Array): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    return this.#view;
  }
}
