import { setImmediate } from 'node:timers/promises';
import { errorFacts, OperatingError } from '../../core/errors.ts';
import { readBlockFacts } from '../../decode/block-facts.ts';
import { NODE_KIND } from '../../decode/ledger-node.ts';
import type { SectionScanner } from '../../decode/scan-sections.ts';
import type { SectionHasher } from '../../decode/section-hasher.ts';
import type { QuarantinedSlot } from '../../model/worker-task.ts';
import type { RunReader } from '../../sources/archive/run-reader.ts';
import { atFileOffset } from './at-file-offset.ts';
import { digestError, type SectionVerification } from './section-verification.ts';
import { SlotCompleteness } from './slot-completeness.ts';
import type { ScannedWindow, SlotConsumer } from './slot-consumer.ts';
import { slotCutOff } from './slot-faults.ts';
import type { ByteSpan, EndingBlock, SlotSchedule } from './slot-schedule.ts';

export interface ReadSlotsOptions {
  readonly scanner: SectionScanner;
  readonly hasher: SectionHasher;
  readonly verification: SectionVerification;
  readonly consumer: SlotConsumer;
  readonly schedule: SlotSchedule;
  readonly openRun: (run: ByteSpan, window: Buffer) => RunReader;
  /** The first Block that can be told for certain behind a broken section at `offset`; null where there is none. */
  readonly resynchronise: (offset: number) => Promise<EndingBlock | null>;
  /** Asked where only the end of the file tells that there are no further slots; throws when it was cut off. */
  readonly requireWholeArchive: () => Promise<void>;
  readonly slotTriesMax: number;
  readonly sectionBytesMax: number;
  /** Asked between slots and windows. */
  readonly cancelled: () => boolean;
  /** Called once a window. */
  readonly onWindow: (bytes: number) => void;
}

export type ReadOutcome = 'done' | 'cancelled';

/** Faults of the bytes of one slot; every other error concerns the archive or us and ends the shard. */
const SLOT_FAULTS: ReadonlySet<string> = new Set([
  'ARCHIVE_CORRUPT',
  'RECORD_MALFORMED',
  'RECORD_TOO_LARGE',
]);

/**
 * Reads every slot of the schedule in file order and hands it to the consumer. A slot whose bytes are wrong is read
 * again from the archive a few times and then goes to quarantine; the rest of the range goes on behind it.
 */
export class SlotReader {
  readonly #options: ReadSlotsOptions;
  readonly quarantined: QuarantinedSlot[] = [];
  readonly #completeness = new SlotCompleteness();
  #tries = 0;
  #faultAt = -1;

  constructor(options: ReadSlotsOptions) {
    this.#options = options;
  }

  async read(): Promise<ReadOutcome> {
    const { schedule } = this.#options;
    for (let run = schedule.nextRun(); run !== undefined; run = schedule.nextRun()) {
      try {
        if ((await this.#readRun(run)) === 'cancelled') return 'cancelled';
        schedule.finishRun(run);
      } catch (error) {
        if (!(error instanceof OperatingError) || !SLOT_FAULTS.has(error.code)) throw error;
        this.#resetSlot();
        await this.#retryOrGiveUp(error);
      }
    }
    if (!schedule.endIsTold) await this.#options.requireWholeArchive();
    for (const { slot, error } of schedule.unread()) this.#quarantine(slot, -1, error);
    return 'done';
  }

  /** The next run begins at the same slot again, or behind it. */
  async #retryOrGiveUp(error: OperatingError): Promise<void> {
    const { schedule, slotTriesMax, resynchronise } = this.#options;
    const offset = schedule.offsetOfNext();
    this.#tries = offset === this.#faultAt ? this.#tries + 1 : 1;
    this.#faultAt = offset;
    if (this.#tries < slotTriesMax) return;
    this.#tries = 0;
    const known = schedule.exact ? null : schedule.blockUnderway;
    const ending =
      schedule.exact || known !== null ? known : await resynchronise(faultOffset(error, offset));
    // Without a list of slots nobody could say what the rest of the file held.
    if (ending === null && !schedule.exact && !schedule.endIsTold) throw error;
    for (const slot of schedule.giveUpNext(ending)) this.#quarantine(slot, offset, error);
  }

  #quarantine(slot: number, offset: number, error: OperatingError): void {
    this.quarantined.push({ slot, offset, error: errorFacts(error) });
  }

  #resetSlot(): void {
    this.#options.scanner.resetSlot();
    this.#options.consumer.resetSlot();
    this.#options.verification.resetSlot();
  }

  async #readRun(run: ByteSpan): Promise<ReadOutcome> {
    const { hasher, consumer, openRun, cancelled, onWindow } = this.#options;
    const reader = openRun(run, hasher.window);
    this.#completeness.resetSlot();
    try {
      let consumed = 0;
      for (;;) {
        const waiting = reader.advance(consumed);
        if (waiting !== undefined) await waiting;
        if (cancelled()) return 'cancelled';
        consumed = await this.#takeWindow(reader);
        onWindow(consumed);
        if (this.#options.schedule.allSeen()) return 'done';
        if (reader.finished && consumed < reader.end) throw this.#truncated(reader, consumed);
        if (reader.finished) return this.#endOfRun();
        if (consumed === 0 && reader.end === reader.window.length) this.#growWindow(reader);
        if (consumer.hasRequests?.() === true) await setImmediate();
      }
    } finally {
      reader.close();
    }
  }

  /** A run ends behind a Block, or behind nodes that belong to no slot. */
  #endOfRun(): ReadOutcome {
    if (!this.#completeness.unfinished) return 'done';
    throw slotCutOff(this.#options.schedule.offsetOfNext());
  }

  /** Scans all that is complete in the window. @returns how many bytes were consumed. */
  async #takeWindow(reader: RunReader): Promise<number> {
    const { scanner, consumer, schedule } = this.#options;
    const window: ScannedWindow = { bytes: reader.window, baseOffset: reader.baseOffset, scanner };
    let at = reader.start;
    for (;;) {
      const next = this.#scan(window, at, reader.end);
      for (let event = this.#takeEvents(window, 0); event < 0; ) {
        await consumer.flush();
        event = this.#takeEvents(window, ~event);
      }
      if (schedule.allSeen() || next.offset === at) return next.offset;
      if (next.error !== undefined) throw next.error;
      at = next.offset;
    }
  }

  /** A section that cannot be believed ends the scan before it; what stands before it still counts. */
  #scan(window: ScannedWindow, start: number, end: number): { offset: number; error?: unknown } {
    const { scanner, verification } = this.#options;
    let scanned: { offset: number; error?: unknown };
    try {
      scanned = { offset: scanner.scan(window.bytes, start, end) };
    } catch (error) {
      const rows = scanner.sections.count;
      const offset = rows > 0 ? (scanner.sections.ends[rows - 1] ?? start) : start;
      scanned = { offset, error: atFileOffset(error, window.baseOffset + offset) };
    }
    const rows = verification.believedRows(window);
    if (rows < scanner.sections.count) {
      const error = digestError(window, scanner.sections, rows);
      scanned = { offset: scanner.sections.starts[rows] ?? start, error };
      dropRowsFrom(scanner, rows);
    }
    if (scanned.error !== undefined && scanner.sections.count === 0) throw scanned.error;
    return scanned;
  }

  /** Takes events until the consumer must be flushed. @returns the next event, inverted (`~`) where a flush is due. */
  #takeEvents(window: ScannedWindow, first: number): number {
    const { scanner, consumer, schedule, verification } = this.#options;
    const { events } = scanner;
    let passedRow = first === 0 ? 0 : (events.sections[first - 1] ?? 0) + 1;
    for (let event = first; event < events.count; event++) {
      const row = events.sections[event] ?? 0;
      this.#passRows(window, passedRow, row);
      passedRow = row + 1;
      if (events.kinds[event] !== NODE_KIND.block) {
        if (consumer.takeEvent(window, event)) verification.use(window, row);
        this.#completeness.passRows(window, row, row + 1);
        continue;
      }
      if (this.#takeBlock(window, event, row)) return ~(event + 1);
      if (schedule.allSeen()) return events.count;
    }
    this.#passRows(window, passedRow, scanner.sections.count);
    return events.count;
  }

  /** @returns true when the consumer must be flushed. */
  #takeBlock(window: ScannedWindow, event: number, row: number): boolean {
    const { consumer, schedule, verification } = this.#options;
    const { starts, nodeStarts, ends } = window.scanner.sections;
    verification.passBlock(window, row);
    const end = ends[row] ?? 0;
    const block = this.#decodeAt(window.baseOffset + (starts[row] ?? 0), () =>
      readBlockFacts(window.bytes, nodeStarts[row] ?? 0, end),
    );
    const isOfRange = schedule.passBlock(block, window.baseOffset + end);
    if (isOfRange) this.#completeness.checkBlock(window, event, block);
    const flushDue = isOfRange && consumer.takeBlock(window, event, block);
    if (!isOfRange) consumer.resetSlot();
    this.#completeness.resetSlot();
    if (isOfRange) schedule.commit();
    else schedule.drop();
    return flushDue;
  }

  #passRows(window: ScannedWindow, from: number, to: number): void {
    this.#options.verification.passRows(window, from, to);
    const offset = window.baseOffset + (window.scanner.sections.starts[from] ?? 0);
    this.#decodeAt(offset, () => this.#completeness.passRows(window, from, to));
    this.#options.consumer.passRows?.(window, from, to);
  }

  #decodeAt<T>(offset: number, decode: () => T): T {
    try {
      return decode();
    } catch (error) {
      throw atFileOffset(error, offset);
    }
  }

  #growWindow(reader: RunReader): void {
    const { scanner, hasher, sectionBytesMax } = this.#options;
    const wanted = Math.max(scanner.neededBytes, reader.window.length * 2);
    const bound = sectionBytesMax + 64;
    if (reader.window.length >= bound) throw this.#truncated(reader, 0);
    reader.useWindow(hasher.grow(Math.min(wanted, bound)));
  }

  #truncated(reader: RunReader, consumed: number): OperatingError {
    const offset = reader.baseOffset + consumed;
    return new OperatingError(
      'ARCHIVE_CORRUPT',
      `reading the section at offset ${offset}: expected a whole section, received ${reader.end - consumed} bytes of one`,
      { retryable: false, fields: { offset } },
    );
  }
}

function dropRowsFrom(scanner: SectionScanner, row: number): void {
  const { events, sections } = scanner;
  sections.count = row;
  while (events.count > 0 && (events.sections[events.count - 1] ?? 0) >= row) events.count--;
}

/** Where the broken section begins, as far as the error tells. */
function faultOffset(error: OperatingError, slotOffset: number): number {
  const offset = error.fields['offset'];
  return typeof offset === 'number' ? Math.max(offset, slotOffset) : slotOffset;
}
