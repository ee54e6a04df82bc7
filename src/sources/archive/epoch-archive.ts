import assert from 'node:assert/strict';
import { epochOfSlot } from '../../core/epoch.ts';
import { OperatingError } from '../../core/errors.ts';
import type { SlotRange } from '../../core/slot-range.ts';
import type { SlotLocator } from '../../model/worker-task.ts';
import { carName } from './archive-layout.ts';
import type { CarOfEpoch } from './bisect-finder.ts';
import { openScanFinder } from './bisect-finder.ts';
import { type ByteRun, type ByteSource, readBytes } from './byte-source.ts';
import { type CarHeader, readCarHeader } from './car-header.ts';
import type { EpochFiles } from './epoch-files.ts';
import type { LocatedSlots, SlotFinder } from './located-slots.ts';
import { type OpenedFinder, openSlotFinder } from './open-slot-finder.ts';
import type { RunReader } from './run-reader.ts';
import { type FoundBlock, SectionWalker } from './section-walker.ts';

/** The CAR of one epoch, and how to find slots in it. */
export interface EpochArchive {
  readonly epoch: number;
  readonly carSize: number;
  /** Offset of the first section. */
  readonly headerEnd: number;
  /** First root of the CAR as text, or null. */
  readonly rootCid: string | null;
  readonly locator: SlotLocator;
  /** Sentences: why better ways of finding slots were not used, and what could not be cached. */
  readonly notes: readonly string[];
  /**
   * @param range within this epoch.
   * @throws {OperatingError} ARCHIVE_CORRUPT where index and CAR contradict each other.
   */
  locate(range: SlotRange, signal: AbortSignal): Promise<LocatedSlots>;
  /** Reads a run through `window`; the reader must be closed. */
  openRun(run: ByteRun, window: Buffer, signal: AbortSignal): RunReader;
  readSlice(offset: number, length: number, signal: AbortSignal): Promise<Buffer>;
  /** The first Block that can be told for certain at or behind any offset; null when the file ends first. */
  blockFrom(offset: number, signal: AbortSignal): Promise<FoundBlock | null>;
  close(): void;
}

export interface EpochBases {
  readonly epoch: number;
  readonly cars: EpochFiles;
  readonly indexes: EpochFiles;
  readonly network: string;
  readonly forceLegacyIndex: boolean;
  readonly notes: string[];
}

/** Bytes that one slice may have; more is what runs are for. */
const SLICE_BYTES_MAX = 256 * 1024 * 1024;

/** @throws {OperatingError} ARCHIVE_NOT_FOUND without a CAR; ARCHIVE_CORRUPT, ARCHIVE_UNREACHABLE. */
export async function openEpochArchive(
  bases: EpochBases,
  signal: AbortSignal,
): Promise<EpochArchive> {
  const source = await bases.cars.open(carName(bases.epoch), signal);
  try {
    const header = await readCarHeader(source, signal);
    const car = { epoch: bases.epoch, source, headerEnd: header.headerEnd };
    const opened = await openSlotFinder(bases, { ...car, rootCid: header.rootCid }, signal);
    return new OpenEpoch({ car, header, opened, notes: bases.notes });
  } catch (error) {
    source.close();
    throw error;
  }
}

interface OpenEpochParts {
  readonly car: CarOfEpoch;
  readonly header: CarHeader;
  readonly opened: OpenedFinder;
  readonly notes: string[];
}

class OpenEpoch implements EpochArchive {
  readonly epoch: number;
  readonly carSize: number;
  readonly headerEnd: number;
  readonly rootCid: string | null;
  readonly #car: CarOfEpoch;
  readonly #source: ByteSource;
  readonly #opened: OpenedFinder;
  readonly #notes: string[];
  #finder: SlotFinder;

  constructor(parts: OpenEpochParts) {
    const { car, header, opened, notes } = parts;
    this.epoch = car.epoch;
    this.carSize = car.source.size;
    this.headerEnd = header.headerEnd;
    this.rootCid = header.rootCid;
    this.#car = car;
    this.#source = car.source;
    this.#opened = opened;
    this.#notes = notes;
    this.#finder = opened.finder;
  }

  get locator(): SlotLocator {
    return this.#finder.locator;
  }

  get notes(): readonly string[] {
    return this.#notes;
  }

  async locate(range: SlotRange, signal: AbortSignal): Promise<LocatedSlots> {
    const isOfEpoch =
      epochOfSlot(range.start) === this.epoch && epochOfSlot(range.end - 1) === this.epoch;
    assert(isOfEpoch, `slots ${range.start} to ${range.end} are not of epoch ${this.epoch}`);
    try {
      return await this.#finder.locate(range, signal);
    } catch (error) {
      if (!this.#canStillScan(error)) throw error;
      this.#notes.push(error.message);
      this.#finder = openScanFinder(this.#car, this.#opened.slots);
      return this.#finder.locate(range, signal);
    }
  }

  openRun(run: ByteRun, window: Buffer, signal: AbortSignal): RunReader {
    assert(run.offset >= 0 && run.offset + run.length <= this.carSize, 'a run outside of the CAR');
    return this.#source.openRun(run, window, signal);
  }

  async readSlice(offset: number, length: number, signal: AbortSignal): Promise<Buffer> {
    assert(length <= SLICE_BYTES_MAX, `a slice of ${length} bytes`);
    return readBytes(this.#source, { offset, length }, signal);
  }

  async blockFrom(offset: number, signal: AbortSignal): Promise<FoundBlock | null> {
    return new SectionWalker(this.#source).blockFrom(offset, this.carSize, signal);
  }

  close(): void {
    this.#opened.close();
    this.#source.close();
  }

  /** A scan finds what a bisection stumbled over; where an index is wrong, somebody must look. */
  #canStillScan(error: unknown): error is OperatingError {
    const isCorrupt = error instanceof OperatingError && error.code === 'ARCHIVE_CORRUPT';
    return isCorrupt && this.#finder.locator === 'bisect';
  }
}
