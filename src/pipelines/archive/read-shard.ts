import { epochOfSlot } from '../../core/epoch.ts';
import { type ScanOptions, SectionScanner } from '../../decode/scan-sections.ts';
import type { SectionHasher } from '../../decode/section-hasher.ts';
import type { SessionsShardTask, ShardCounters, ShardResult } from '../../model/worker-task.ts';
import { crashPoint } from '../../ops/crash-point.ts';
import type { EpochArchive } from '../../sources/archive/epoch-archive.ts';
import { findEndingBlock, requireRootAtEnd } from './archive-end.ts';
import { openTaskArchive } from './open-task-archive.ts';
import { SlotReader } from './read-slots.ts';
import { SectionVerification } from './section-verification.ts';
import type { SlotConsumer } from './slot-consumer.ts';
import { SlotSchedule } from './slot-schedule.ts';
import { borrowHasher, returnHasher } from './spare-hashers.ts';

/** Rows of the scanner's tables: the sections of a 256 KiB window of small votes and more. */
const SECTIONS_PER_SCAN = 4096;
const EVENTS_PER_SCAN = 2048;
/** Windows between two progress messages: 16 MiB of windows of the usual size. */
const WINDOWS_PER_PROGRESS = 64;

/** What every task says about a shard of the archive. */
export type ShardTask = Pick<
  SessionsShardTask,
  'shardId' | 'archive' | 'range' | 'verify' | 'limits' | 'cancel'
>;

/** A consumer that counts, over whole slots, what only it can know. */
export interface CountingConsumer extends SlotConsumer {
  readonly transactions: number;
  readonly votes: number;
  readonly entries: number;
  readonly metadataDecoded: number;
  readonly instructionsIgnored: number;
}

export interface ShardReading {
  readonly task: ShardTask;
  /** Which transactions become events. */
  readonly wanted: Pick<ScanOptions, 'keys' | 'everyTransaction' | 'lookupsAreCandidates'>;
  readonly consumer: CountingConsumer;
  readonly onProgress: (counters: ShardCounters) => void;
}

/**
 * Reads the slots of a shard from the archive and hands them to the consumer.
 * What the consumer still holds when this resolves is its maker's to hand over.
 */
export async function readShard(reading: ShardReading, signal: AbortSignal): Promise<ShardResult> {
  const { archive: location, limits, range } = reading.task;
  const archive = openTaskArchive(location, limits);
  const hasher = borrowHasher(limits.windowBytes);
  try {
    const epoch = await archive.epoch(epochOfSlot(range.start), signal);
    try {
      return await readEpoch(reading, { epoch, hasher }, signal);
    } finally {
      epoch.close();
    }
  } finally {
    returnHasher(hasher, limits.windowBytes);
    archive.close();
  }
}

interface ShardInputs {
  readonly epoch: EpochArchive;
  readonly hasher: SectionHasher;
}

async function readEpoch(
  { task, wanted, consumer, onProgress }: ShardReading,
  { epoch, hasher }: ShardInputs,
  signal: AbortSignal,
): Promise<ShardResult> {
  const { shardId, limits } = task;
  const schedule = new SlotSchedule(await epoch.locate(task.range, signal), task.range);
  const scanner = new SectionScanner({
    ...wanted,
    sectionBytesMax: limits.sectionBytesMax,
    sectionsMax: SECTIONS_PER_SCAN,
    eventsMax: EVENTS_PER_SCAN,
  });
  const verification = new SectionVerification(hasher, task.verify, !schedule.exact);
  const cancel = new Int32Array(task.cancel);
  let windows = 0;
  let bytesRead = 0;
  const counters = (): ShardCounters => ({
    slotsDone: schedule.slotsDone,
    slotsSkipped: schedule.slotsSkipped(reader.quarantined.length),
    ...{ transactions: consumer.transactions, votes: consumer.votes, entries: consumer.entries },
    sections: scanner.counters.sections,
    bytesRead,
    cidsVerified: verification.verified,
    metadataDecoded: consumer.metadataDecoded,
    instructionsIgnored: consumer.instructionsIgnored,
    tallies: {},
  });
  const reader = new SlotReader({
    ...{ scanner, hasher, verification, consumer, schedule },
    openRun: (run, window) => epoch.openRun(run, window, signal),
    resynchronise: (offset) => findEndingBlock(epoch, offset, signal),
    requireWholeArchive: () => requireRootAtEnd(epoch, signal),
    slotTriesMax: limits.slotTriesMax,
    sectionBytesMax: limits.sectionBytesMax,
    cancelled: () => Atomics.load(cancel, 0) !== 0,
    onWindow: (bytes) => {
      bytesRead += bytes;
      crashPoint('worker-after-fetch');
      if (++windows % WINDOWS_PER_PROGRESS === 0) onProgress(counters());
    },
  });
  const outcome = await reader.read();
  return { type: 'shard', shardId, outcome, counters: counters(), quarantined: reader.quarantined };
}
