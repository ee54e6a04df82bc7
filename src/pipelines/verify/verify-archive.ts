import { decodeBase58 } from '../../core/base58.ts';
import { OperatingError } from '../../core/errors.ts';
import { type SlotRange, splitByEpoch } from '../../core/slot-range.ts';
import type { ArchiveLocation, SlotLocator, WorkerLimits } from '../../model/worker-task.ts';
import type { Archive } from '../../sources/archive/archive.ts';
import { openTaskArchive } from '../archive/open-task-archive.ts';
import type { ChainLink, ChainStart } from './verify-archive-consumer.ts';
import { type ArchiveFault, FaultList } from './verify-archive-fault.ts';
import { PohProof } from './verify-archive-poh.ts';
import { VerifyReader } from './verify-archive-reader.ts';

export interface VerifyOptions {
  readonly archive: ArchiveLocation;
  readonly range: SlotRange;
  /** Follow the hash chain through all entries: about a second of work a slot. */
  readonly poh: boolean;
  readonly limits: WorkerLimits;
  /** Called once a window. */
  readonly onProgress: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly slots: number;
  readonly bytes: number;
}

export interface VerifyReport {
  readonly range: SlotRange;
  readonly slots: number;
  readonly slotsSkipped: number;
  readonly transactions: number;
  readonly entries: number;
  readonly sections: number;
  /** Sections whose SHA-256 is the one in their CID. */
  readonly cids: number;
  readonly frames: number;
  readonly bytes: number;
  /** Entries that were proven and hashes computed for it; null when it was not asked for. */
  readonly poh: { readonly entries: number; readonly hashes: number } | null;
  /** Slots whose parent is not the slot read before: the first of the range, and those behind a gap. The first of all. */
  readonly chainStarts: readonly ChainStart[];
  readonly chainStartCount: number;
  /** The first of all, by slot and offset. */
  readonly faults: readonly ArchiveFault[];
  readonly faultCount: number;
  readonly locators: readonly { readonly epoch: number; readonly locator: SlotLocator }[];
  /** Sentences: why better ways of finding slots were not used. */
  readonly notes: readonly string[];
}

/** Mainnet's chain starts with the hash of its genesis configuration; the entries of slot 0 go on from it. */
const MAINNET_GENESIS_HASH = decodeBase58('5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d') ?? null;
/** How far back the slot before a range is looked for. The longest halt of mainnet skipped fewer. */
const LOOK_BACK_SLOTS = 20_000;
const LISTED_MAX = 1000;

/**
 * Reads every slot of a range and checks all that an archive claims about it: CIDs, payload checksums, links and, if
 * asked for, proof of history. Whatever is wrong is in the report; only what keeps it from reading is thrown.
 * @throws {OperatingError} ARCHIVE_NOT_FOUND, ARCHIVE_UNREACHABLE, ARCHIVE_CORRUPT, ARCHIVE_CHANGED, CANCELLED.
 */
export async function verifyArchive(
  options: VerifyOptions,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const { range, limits } = options;
  const archive = openTaskArchive(options.archive, limits);
  const faults = new FaultList(LISTED_MAX);
  const proof = options.poh ? new PohProof() : null;
  const locators: { epoch: number; locator: SlotLocator }[] = [];
  const notes: string[] = [];
  const onWindow = (): void => options.onProgress({ slots: reader.slots, bytes: reader.bytes });
  const listed = { faults, chainStartsMax: LISTED_MAX };
  const reader = new VerifyReader({ ...listed, proof, limits, onWindow }, signal);
  const { consumer } = reader;
  try {
    if (proof !== null) consumer.last = await linkBefore(archive, options, signal);
    for (const part of splitByEpoch(range)) {
      const opened = await archive.epoch(part.epoch, signal);
      try {
        await reader.read(opened, part.range, signal);
        locators.push({ epoch: part.epoch, locator: opened.locator });
        notes.push(...opened.notes);
      } finally {
        opened.close();
      }
    }
  } finally {
    archive.close();
  }
  const { transactions, entries, frames, chainStarts, chainStartCount } = consumer;
  const { slots, slotsSkipped, sections, cids, bytes } = reader;
  return {
    ...{ range, slots, slotsSkipped, transactions, entries, sections, cids, frames, bytes },
    poh: proof === null ? null : { entries: proof.entries, hashes: proof.hashes },
    ...{ chainStarts, chainStartCount, locators, notes },
    faults: faults.kept.toSorted((a, b) => a.slot - b.slot || a.offset - b.offset),
    faultCount: faults.count,
  };
}

/** The end of the slot before the range, which its first slot goes on from; null where the archive does not have it. */
async function linkBefore(
  archive: Archive,
  options: VerifyOptions,
  signal: AbortSignal,
): Promise<ChainLink | null> {
  const { range } = options;
  if (range.start === 0) {
    const mainnet = options.archive.network === 'mainnet';
    return mainnet ? { slot: 0, hash: MAINNET_GENESIS_HASH } : null;
  }
  const start = Math.max(0, range.start - LOOK_BACK_SLOTS);
  for (const part of splitByEpoch({ start, end: range.start }).reverse()) {
    const link = await lastLinkOf(archive, part, { options, signal });
    if (link !== null) return link;
  }
  return null;
}

interface LookBack {
  readonly options: VerifyOptions;
  readonly signal: AbortSignal;
}

/** Reads the last slot that the index knows in a part of an epoch; whatever stands in the way means that it is unknown. */
async function lastLinkOf(
  archive: Archive,
  { epoch, range }: { readonly epoch: number; readonly range: SlotRange },
  { options, signal }: LookBack,
): Promise<ChainLink | null> {
  try {
    const opened = await archive.epoch(epoch, signal);
    try {
      const slot = (await opened.locate(range, signal)).slots?.at(-1);
      if (slot === undefined) return null;
      const unlisted = { faults: new FaultList(0), chainStartsMax: 0, onWindow: () => undefined };
      const reader = new VerifyReader({ ...unlisted, proof: null, limits: options.limits }, signal);
      await reader.read(opened, { start: slot, end: slot + 1 }, signal);
      return reader.consumer.last;
    } finally {
      opened.close();
    }
  } catch (error) {
    if (error instanceof OperatingError && error.code !== 'CANCELLED') return null;
    throw error;
  }
}
