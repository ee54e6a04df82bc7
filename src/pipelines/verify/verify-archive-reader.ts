import { OperatingError } from '../../core/errors.ts';
import type { SlotRange } from '../../core/slot-range.ts';
import { AccountKeySet } from '../../decode/account-key-set.ts';
import { SectionScanner } from '../../decode/scan-sections.ts';
import { createSectionHasher, type SectionHasher } from '../../decode/section-hasher.ts';
import type { WorkerLimits } from '../../model/worker-task.ts';
import type { EpochArchive } from '../../sources/archive/epoch-archive.ts';
import { findEndingBlock, requireRootAtEnd } from '../archive/archive-end.ts';
import { SlotReader } from '../archive/read-slots.ts';
import { SectionVerification } from '../archive/section-verification.ts';
import { SlotSchedule } from '../archive/slot-schedule.ts';
import { VerifySlotConsumer } from './verify-archive-consumer.ts';
import type { FaultList } from './verify-archive-fault.ts';
import type { PohProof } from './verify-archive-poh.ts';

export interface VerifyReaderOptions {
  readonly proof: PohProof | null;
  readonly faults: FaultList;
  readonly chainStartsMax: number;
  readonly limits: WorkerLimits;
  readonly onWindow: () => void;
}

/** Rows of the scanner's tables; every transaction is an event here. */
const SECTIONS_PER_SCAN = 4096;

/** Reads parts of epochs through one consumer, with the window and the tables of the first part used again. */
export class VerifyReader {
  readonly #options: VerifyReaderOptions;
  readonly #hasher: SectionHasher;
  readonly #scanner: SectionScanner;
  readonly #verification: SectionVerification;
  readonly consumer: VerifySlotConsumer;
  slots = 0;
  slotsSkipped = 0;
  bytes = 0;

  constructor(options: VerifyReaderOptions, signal: AbortSignal) {
    const { limits } = options;
    this.#options = options;
    this.#hasher = createSectionHasher({
      windowBytes: limits.windowBytes,
      strategy: 'auto',
      now: () => performance.now(),
    });
    this.#scanner = new SectionScanner({
      keys: new AccountKeySet([]),
      everyTransaction: true,
      lookupsAreCandidates: false,
      sectionBytesMax: limits.sectionBytesMax,
      sectionsMax: SECTIONS_PER_SCAN,
      eventsMax: SECTIONS_PER_SCAN,
    });
    this.#verification = new SectionVerification(this.#hasher, 'all', false);
    const bounds = {
      slotBytesMax: limits.slotRecordsBytesMax,
      payloadBytesMax: limits.sectionBytesMax,
    };
    this.consumer = new VerifySlotConsumer({ ...options, ...bounds }, signal);
  }

  get sections(): number {
    return this.#scanner.counters.sections;
  }

  get cids(): number {
    return this.#verification.verified;
  }

  /** @throws {OperatingError} CANCELLED, and whatever keeps the archive from being read. */
  async read(epoch: EpochArchive, range: SlotRange, signal: AbortSignal): Promise<void> {
    const { limits, faults } = this.#options;
    const schedule = new SlotSchedule(await epoch.locate(range, signal), range);
    this.consumer.resetSlot();
    this.#scanner.resetSlot();
    const slotsBefore = this.slots;
    const reader = new SlotReader({
      scanner: this.#scanner,
      hasher: this.#hasher,
      verification: this.#verification,
      consumer: this.consumer,
      schedule,
      openRun: (run, window) => epoch.openRun(run, window, signal),
      resynchronise: (offset) => findEndingBlock(epoch, offset, signal),
      requireWholeArchive: () => requireRootAtEnd(epoch, signal),
      slotTriesMax: limits.slotTriesMax,
      sectionBytesMax: limits.sectionBytesMax,
      cancelled: () => signal.aborted,
      onWindow: (bytes) => {
        this.bytes += bytes;
        this.slots = slotsBefore + schedule.slotsDone;
        this.#options.onWindow();
      },
    });
    if ((await reader.read()) === 'cancelled') throw cancelled(epoch.epoch, signal);
    this.slots = slotsBefore + schedule.slotsDone;
    this.slotsSkipped += schedule.slotsSkipped(reader.quarantined.length);
    for (const { slot, offset, error } of reader.quarantined) {
      faults.add({ slot, offset, kind: 'unreadable', message: error.message });
    }
  }
}

function cancelled(epoch: number, signal: AbortSignal): OperatingError {
  return new OperatingError('CANCELLED', `verifying epoch ${epoch}: cancelled`, {
    retryable: false,
    cause: signal.reason,
  });
}
