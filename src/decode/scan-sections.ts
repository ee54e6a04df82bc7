/**
 * Owned here: the one loop that walks every section of an archive. It tells which transactions may concern the
 * caller, and counts; it builds no object and calls nothing for a field.
 * Bytes in the layout that the archive's creator writes are read in place; anything else, and anything suspicious,
 * goes through the general decoders, so the fast reading may refuse whatever it does not know.
 * Not here: fetching bytes, hashing, joining frames, metadata.
 */
import type { AccountKeySet } from './account-key-set.ts';
import { decodeSection, type Section } from './car-frame.ts';
import { CborCursor } from './cbor-cursor.ts';
import { NODE_CID_BYTES, NODE_CID_PREFIX_LE } from './cid.ts';
import { isContinued } from './data-frame.ts';
import { decodeLedgerNode, NODE_KIND } from './ledger-node.ts';
import { malformedRecord } from './malformed-record.ts';
import {
  createEventTable,
  createSectionTable,
  EVENT_FLAG,
  type EventTable,
  type SectionTable,
} from './section-tables.ts';
import { TransactionMatcher } from './transaction-matcher.ts';

/** Fewer bytes than any Transaction node has; closer to the end, the general reader knows where to stop. */
const FAST_BYTES_MIN = 64;
/** Longest section whose length fits three varint bytes. */
const FAST_SECTION_BYTES_MAX = (1 << 21) - 1;
/** First bytes of the canonical Transaction and Entry, little-endian: `85 00`, `84 01`. */
const TRANSACTION_HEAD = 0x0085;
const ENTRY_HEAD = 0x0184;
/** `85 06 f6 f6`, the start of a lone DataFrame, little-endian; another `f6` and the data follow. */
const FRAME_HEAD = 0xf6f6_0685 | 0;
const NULL = 0xf6;

export interface ScanOptions {
  /** A transaction is an event when one of its static keys is in here. */
  readonly keys: AccountKeySet;
  /** Every transaction is an event. */
  readonly everyTransaction: boolean;
  /** A transaction that uses lookup tables is an event whatever its static keys. */
  readonly lookupsAreCandidates: boolean;
  readonly sectionBytesMax: number;
  /** Rows of the two tables; a scan returns early when one is full. */
  readonly sectionsMax: number;
  readonly eventsMax: number;
  /** False reads everything with the general decoders: slower, the same result. Default true. */
  readonly fastPath?: boolean;
}

/** `votes` lacks transactions whose bytes are continued in other frames. */
export interface ScanCounters {
  sections: number;
  transactions: number;
  votes: number;
  entries: number;
  bytes: number;
}

/** Made once for each worker; one window after another goes through `scan`. */
export class SectionScanner {
  readonly sections: SectionTable;
  readonly events: EventTable;
  /** Since the scanner was made. */
  readonly counters: ScanCounters = {
    sections: 0,
    transactions: 0,
    votes: 0,
    entries: 0,
    bytes: 0,
  };
  /** Bytes that the section at the returned offset takes as a whole; 0 where that is not known. */
  neededBytes = 0;
  /** After a throw: the offset behind the broken section, or -1 when its frame is broken and nothing can follow. */
  resumeAt = -1;

  readonly #options: ScanOptions;
  readonly #wanted: number;
  readonly #matcher: TransactionMatcher;
  /** `counters` as they were at the last Block. */
  readonly #slotBase = { transactions: 0, votes: 0, entries: 0 };
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(options: ScanOptions) {
    this.#options = options;
    const lookups = options.lookupsAreCandidates ? EVENT_FLAG.lookups : 0;
    this.#wanted = EVENT_FLAG.keyMatch | EVENT_FLAG.dataContinued | lookups;
    this.#matcher = new TransactionMatcher(options.keys);
    this.sections = createSectionTable(options.sectionsMax);
    this.events = createEventTable(options.eventsMax);
  }

  /** Takes back what was counted since the last Block: the slot will be read again, or never finished. */
  resetSlot(): void {
    Object.assign(this.counters, this.#slotBase);
  }

  /**
   * Fills the tables with the complete sections of [start, end).
   * @returns the offset of the first section that was not taken: cut off by `end`, or one for which a table has no
   * row left; `end` when all were taken.
   * @throws {OperatingError} RECORD_MALFORMED or RECORD_TOO_LARGE at a broken section. The tables then hold all that
   * stood before it, and `resumeAt` tells where the scan may go on.
   */
  scan(bytes: Buffer, start: number, end: number): number {
    this.#bytes = bytes;
    this.#view = this.#matcher.attach(bytes);
    this.sections.count = 0;
    this.events.count = 0;
    this.neededBytes = 0;
    try {
      return this.#walk(start, end);
    } finally {
      const rows = this.sections.count;
      this.counters.sections += rows;
      if (rows > 0) this.counters.bytes += this.sections.ends[rows - 1]! - start;
    }
  }

  #walk(start: number, end: number): number {
    const { sections, events } = this;
    const { starts, digestStarts, nodeStarts, ends, kinds } = sections;
    const { sectionBytesMax, sectionsMax, eventsMax, fastPath = true } = this.#options;
    const lengthMax = Math.min(sectionBytesMax, FAST_SECTION_BYTES_MAX);
    const bytes = this.#bytes;
    const view = this.#view;
    const fastEnd = fastPath ? end - FAST_BYTES_MIN : -1;
    let at = start;
    let row = 0;
    while (at < end && row < sectionsMax && events.count < eventsMax) {
      let cid = at + 1;
      let length = at < fastEnd ? bytes[at]! : 0;
      if (length >= 0x80) {
        const second = bytes[cid++]!;
        length = (length & 0x7f) | ((second & 0x7f) << 7);
        if (second >= 0x80) length |= bytes[cid++]! << 14;
      }
      let node = cid + NODE_CID_BYTES;
      let sectionEnd = cid + length;
      let kind = -1;
      if (
        length > FAST_BYTES_MIN &&
        length <= lengthMax &&
        sectionEnd <= end &&
        view.getInt32(cid, true) === NODE_CID_PREFIX_LE
      ) {
        const head = bytes[node]! | (bytes[node + 1]! << 8);
        if (head === TRANSACTION_HEAD) kind = this.#takeTransaction(node, sectionEnd);
        else if (head === ENTRY_HEAD) kind = NODE_KIND.entry;
      } else {
        const section = this.#frame(at, end);
        if (section === undefined) break;
        node = section.nodeStart;
        sectionEnd = section.end;
      }
      if (kind < 0) kind = this.#takeAny(node, sectionEnd);
      else if (kind === NODE_KIND.entry) this.counters.entries++;
      starts[row] = at;
      digestStarts[row] = node - 32;
      nodeStarts[row] = node;
      ends[row] = sectionEnd;
      kinds[row] = kind;
      sections.count = ++row;
      at = sectionEnd;
    }
    return at;
  }

  /** The section at `at` by the general reader; undefined when it is cut off. */
  #frame(at: number, end: number): Section | undefined {
    this.resumeAt = -1;
    const section = decodeSection(this.#bytes, at, end, this.#options.sectionBytesMax);
    if (typeof section !== 'number') return section;
    this.neededBytes = section;
    return undefined;
  }

  /** A Transaction of lone frames, with the slot in four bytes and an index; -1 for any other. */
  #takeTransaction(node: number, end: number): number {
    const bytes = this.#bytes;
    const view = this.#view;
    if (end - node < FAST_BYTES_MIN || view.getInt32(node + 2, true) !== FRAME_HEAD) return -1;
    const dataHead = bytes[node + 7]!;
    if (bytes[node + 6] !== NULL || (dataHead & 0xfe) !== 0x58) return -1;
    const dataStart = node + (dataHead === 0x58 ? 9 : 10);
    const dataEnd = dataStart + (dataHead === 0x58 ? bytes[node + 8]! : view.getUint16(node + 8));
    if (end - dataEnd < 12 || view.getInt32(dataEnd, true) !== FRAME_HEAD) return -1;
    if (bytes[dataEnd + 4] !== NULL) return -1;
    const metadataHead = bytes[dataEnd + 5]!;
    let metadataStart = dataEnd + 6;
    let metadataBytes = metadataHead - 0x40;
    if (metadataHead === 0x58) metadataBytes = bytes[metadataStart++]!;
    else if (metadataHead === 0x59) {
      metadataBytes = view.getUint16(metadataStart);
      metadataStart += 2;
    } else if (metadataHead < 0x40 || metadataHead > 0x57) return -1;
    const metadataEnd = metadataStart + metadataBytes;
    const indexBytes = end - metadataEnd - 5;
    if (indexBytes < 1 || bytes[metadataEnd] !== 0x1a) return -1;
    let index = bytes[metadataEnd + 5]!;
    if (indexBytes === 3 && index === 0x19) index = view.getUint16(metadataEnd + 6);
    else if (indexBytes === 2 && index === 0x18) index = bytes[metadataEnd + 6]!;
    else if (indexBytes !== 1 || index > 0x17) return -1;
    const flags = this.#matcher.matchCanonical(dataStart, dataEnd);
    if (flags < 0) return -1;
    if (this.#countTransaction(flags)) {
      const { events } = this;
      const event = this.#addEvent(NODE_KIND.transaction, view.getUint32(metadataEnd + 1));
      events.flags[event] = flags;
      events.transactionIndexes[event] = index;
      events.dataStarts[event] = dataStart;
      events.dataEnds[event] = dataEnd;
      events.metadataStarts[event] = metadataStart;
      events.metadataEnds[event] = metadataEnd;
    }
    return NODE_KIND.transaction;
  }

  /** Any node by the general decoders; returns its kind. Of what is no transaction, only kind and slot are read. */
  #takeAny(node: number, end: number): number {
    this.resumeAt = end;
    const cursor = new CborCursor(this.#bytes, node, end);
    const elements = cursor.readArrayCount();
    const kind = elements > 0 ? cursor.readUnsigned() : -1;
    if (kind === NODE_KIND.transaction) this.#takeAnyTransaction(node, end);
    else if (kind === NODE_KIND.entry) this.counters.entries++;
    else if (kind === NODE_KIND.block) this.#takeBlock(cursor.readUnsigned());
    else if (kind === NODE_KIND.rewards) this.#addEvent(kind, cursor.readUnsigned());
    else if (kind >= 0 && kind <= NODE_KIND.dataFrame) this.#addEvent(kind, -1);
    else {
      throw malformedRecord({
        attempted: 'scan a section',
        offset: node,
        expected: 'a node of kind 0 to 6',
        received: `kind ${kind}`,
      });
    }
    return kind;
  }

  #takeAnyTransaction(start: number, end: number): void {
    const node = decodeLedgerNode(this.#bytes, start, end);
    if (node.kind !== NODE_KIND.transaction) return;
    const base = this.#bytes.byteOffset;
    const dataStart = node.data.data.byteOffset - base;
    const dataEnd = dataStart + node.data.data.length;
    const metadataStart = node.metadata.data.byteOffset - base;
    let flags = isContinued(node.metadata) ? EVENT_FLAG.metadataContinued : 0;
    if (isContinued(node.data)) flags |= EVENT_FLAG.dataContinued;
    else flags |= this.#matcher.match(dataStart, dataEnd);
    const index = node.index ?? this.counters.transactions - this.#slotBase.transactions;
    if (!this.#countTransaction(flags)) return;
    const { events } = this;
    const event = this.#addEvent(NODE_KIND.transaction, node.slot);
    events.flags[event] = flags;
    events.transactionIndexes[event] = index;
    events.dataStarts[event] = dataStart;
    events.dataEnds[event] = dataEnd;
    events.metadataStarts[event] = metadataStart;
    events.metadataEnds[event] = metadataStart + node.metadata.data.length;
  }

  /** Returns whether the transaction is an event. */
  #countTransaction(flags: number): boolean {
    this.counters.transactions++;
    this.counters.votes += flags & EVENT_FLAG.vote;
    return (flags & this.#wanted) !== 0 || this.#options.everyTransaction;
  }

  #takeBlock(slot: number): void {
    const { counters, events } = this;
    const base = this.#slotBase;
    const event = this.#addEvent(NODE_KIND.block, slot);
    events.slotTransactions[event] = counters.transactions - base.transactions;
    events.slotVotes[event] = counters.votes - base.votes;
    events.slotEntries[event] = counters.entries - base.entries;
    base.transactions = counters.transactions;
    base.votes = counters.votes;
    base.entries = counters.entries;
  }

  #addEvent(kind: number, slot: number): number {
    const { events } = this;
    const event = events.count++;
    events.kinds[event] = kind;
    events.sections[event] = this.sections.count;
    events.slots[event] = slot;
    return event;
  }
}
