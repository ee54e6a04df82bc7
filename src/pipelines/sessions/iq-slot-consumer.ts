import { OperatingError } from '../../core/errors.ts';
import type { AccountKeySet } from '../../decode/account-key-set.ts';
import type { BlockFacts } from '../../decode/block-facts.ts';
import { NODE_KIND } from '../../decode/ledger-node.ts';
import { buildLedgerTransaction } from '../../decode/ledger-transaction.ts';
import type { LookupTableMemory } from '../../decode/lookup-table-memory.ts';
import { recordTooLarge } from '../../decode/malformed-record.ts';
import { EVENT_FLAG } from '../../decode/section-tables.ts';
import { decodeStatusMeta } from '../../decode/status-meta.ts';
import { StatusMetaFields } from '../../decode/status-meta-fields.ts';
import { createTransactionLayout, readTransaction } from '../../decode/transaction.ts';
import { isVoteTransaction } from '../../decode/vote-transaction.ts';
import type { IqRecord } from '../../model/iq-record.ts';
import { extractIqRecords } from '../../protocols/iq/extract-records.ts';
import type { CompiledIqFilter } from '../../protocols/iq/registry.ts';
import type { ScannedWindow, SlotConsumer } from '../archive/slot-consumer.ts';
import { atEvent, openPayloads, sectionStart } from '../archive/slot-event.ts';
import {
  type PayloadReader,
  readMetadataFields,
  readTransactionPayloads,
} from '../archive/transaction-payloads.ts';
import type { RecordOutlet } from './record-outlet.ts';

export interface IqSlotConsumerOptions {
  readonly filter: CompiledIqFilter;
  readonly keys: AccountKeySet;
  readonly outlet: RecordOutlet;
  /** Of the same keys, and of a chain that is verified as far as this one. */
  readonly tables: LookupTableMemory;
  readonly slotRecordsBytesMax: number;
  readonly payloadBytesMax: number;
}

/** Bytes a record counts besides its payload. */
const RECORD_BYTES = 256;

/** Turns the transactions that may concern an IQ program into records, and hands over whole slots. */
export class IqSlotConsumer implements SlotConsumer {
  readonly #options: IqSlotConsumerOptions;
  readonly #payloads: PayloadReader;
  #records: IqRecord[] = [];
  #recordsBytes = 0;
  /** Votes among transactions whose bytes are continued, which the scan cannot see. */
  #continuedVotes = 0;
  readonly #layout = createTransactionLayout();
  readonly #fields = new StatusMetaFields();
  transactions = 0;
  votes = 0;
  entries = 0;
  metadataDecoded = 0;
  /** Instructions of a known program that could not be believed, of the slot under way and of whole slots. */
  #slotIgnored = 0;
  instructionsIgnored = 0;

  constructor(options: IqSlotConsumerOptions) {
    this.#options = options;
    this.#payloads = openPayloads(options);
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

  /** @throws {OperatingError} ARCHIVE_CORRUPT when a record's transaction names another slot. */
  takeBlock({ scanner: { events } }: ScannedWindow, event: number, block: BlockFacts): boolean {
    const { slot, blockTime } = block;
    const transactions = events.slotTransactions[event] ?? 0;
    const votes = (events.slotVotes[event] ?? 0) + this.#continuedVotes;
    this.transactions += transactions;
    this.votes += votes;
    this.entries += events.slotEntries[event] ?? 0;
    this.instructionsIgnored += this.#slotIgnored;
    const records = this.#records.map((record) => ({ ...record, blockTime }));
    const stray = records.find(({ position }) => position.slot !== slot);
    if (stray !== undefined) throw strayTransaction(slot, stray);
    this.#endSlot();
    return this.#options.outlet.addSlot({ slot, transactions, votes, blockTime }, records);
  }

  /** The bytes of the slot were wrong, so what was learned from them may be wrong too. */
  resetSlot(): void {
    this.#options.tables.clear();
    this.#endSlot();
  }

  flush(): Promise<void> {
    return this.#options.outlet.flush();
  }

  #endSlot(): void {
    if (this.#records.length > 0) this.#records = [];
    this.#recordsBytes = 0;
    this.#continuedVotes = 0;
    this.#slotIgnored = 0;
    this.#payloads.frames.reset();
  }

  #takeTransaction(window: ScannedWindow, event: number): boolean {
    const flags = window.scanner.events.flags[event] ?? 0;
    const continued = (flags & EVENT_FLAG.dataContinued) !== 0;
    const asked =
      continued || (flags & EVENT_FLAG.keyMatch) !== 0 || this.#options.filter.everyTransaction;
    if (!asked) {
      const loads = this.#loads(window, event);
      if (loads !== 'wanted') return loads === 'learned';
    }
    const { events } = window.scanner;
    const { wire, metadata } = readTransactionPayloads(window, event, this.#payloads);
    if (continued && this.#isVote(wire)) this.#continuedVotes++;
    const slot = events.slots[event] ?? 0;
    const meta = decodeStatusMeta(metadata, slot);
    if (meta !== null && asked) this.metadataDecoded++;
    const transaction = buildLedgerTransaction({
      ...{ slot, wire, meta, blockTime: 0 },
      transactionIndex: events.transactionIndexes[event] ?? 0,
    });
    const { records, ignored } = extractIqRecords(transaction, this.#options.filter);
    this.#slotIgnored += ignored.length;
    for (const record of records) this.#keep(record, sectionStart(window, event));
    return records.length > 0;
  }

  #isVote(wire: Uint8Array): boolean {
    readTransaction(wire, 0, wire.length, this.#layout);
    return isVoteTransaction(wire, this.#layout);
  }

  /**
   * A transaction that uses lookup tables matters only when one of the loaded keys is wanted. `learned`: it is not,
   * and later transactions are judged by that.
   */
  #loads(window: ScannedWindow, event: number): 'wanted' | 'learned' | 'unwanted' {
    const { events } = window.scanner;
    const wire = window.bytes;
    readTransaction(wire, events.dataStarts[event] ?? 0, events.dataEnds[event] ?? 0, this.#layout);
    if (this.#options.tables.knowsAllUnwanted(wire, this.#layout)) return 'unwanted';
    const fields = this.#fields;
    const metadata = readMetadataFields(window, event, this.#payloads, fields);
    if (metadata === null) return 'unwanted';
    this.metadataDecoded++;
    const { keys } = this.#options;
    const { loadedWritable, loadedWritableCount, loadedReadonly, loadedReadonlyCount } = fields;
    if (
      holdsKey(keys, metadata, loadedWritable, loadedWritableCount) ||
      holdsKey(keys, metadata, loadedReadonly, loadedReadonlyCount)
    ) {
      return 'wanted';
    }
    this.#options.tables.learnUnwanted(wire, this.#layout, fields);
    return 'learned';
  }

  #keep(record: IqRecord, offset: number): void {
    const payload = 'payload' in record ? record.payload.length : 0;
    const metadata = 'metadata' in record ? (record.metadata?.length ?? 0) : 0;
    this.#recordsBytes += RECORD_BYTES + payload + metadata;
    const { slotRecordsBytesMax } = this.#options;
    if (this.#recordsBytes > slotRecordsBytesMax) {
      throw recordTooLarge({
        attempted: `gather the records of slot ${record.position.slot}`,
        offset,
        expected: `up to ${slotRecordsBytesMax} bytes`,
        received: 'more',
      });
    }
    this.#records.push(withOwnPayload(record));
  }
}

/** A view would keep, and take along to another thread, the whole buffer that it looks into. */
function withOwnPayload(record: IqRecord): IqRecord {
  return 'payload' in record ? { ...record, payload: Uint8Array.from(record.payload) } : record;
}

function strayTransaction(slot: number, { position, signature }: IqRecord): OperatingError {
  return new OperatingError(
    'ARCHIVE_CORRUPT',
    `reading slot ${slot}: expected transactions of this slot, received ${signature} of slot ${position.slot}`,
    { retryable: false, fields: { slot, received: position.slot, signature } },
  );
}

/** Whether one of the first `count` offsets is that of a wanted key. */
function holdsKey(
  wanted: AccountKeySet,
  bytes: Buffer,
  offsets: Int32Array,
  count: number,
): boolean {
  for (let i = 0; i < count; i++) if (wanted.has(bytes, offsets[i] ?? 0)) return true;
  return false;
}
