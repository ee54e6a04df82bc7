import type { MessagePort } from 'node:worker_threads';
import { epochOfSlot } from '../core/epoch.ts';
import { AccountKeySet } from '../decode/account-key-set.ts';
import { SectionScanner } from '../decode/scan-sections.ts';
import type { SectionHasher } from '../decode/section-hasher.ts';
import type { SessionsShardTask, ShardCounters, ShardResult } from '../model/worker-task.ts';
import { crashPoint } from '../ops/crash-point.ts';
import { compileIqFilter } from '../protocols/iq/registry.ts';
import type { EpochArchive } from '../sources/archive/epoch-archive.ts';
import { findEndingBlock, requireRootAtEnd } from './archive-end.ts';
import { IqSlotConsumer } from './iq-slot-consumer.ts';
import { openTaskArchive } from './open-task-archive.ts';
import { SlotReader } from './read-slots.ts';
import { RecordOutlet } from './record-outlet.ts';
import { SectionVerification } from './section-verification.ts';
import { SlotSchedule } from './slot-schedule.ts';
import { borrowHasher, returnHasher } from './spare-hashers.ts';

/** Rows of the scanner's tables: the sections of a 256 KiB window of small votes and more. */
const SECTIONS_PER_SCAN = 4096;
const EVENTS_PER_SCAN = 2048;
/** Windows between two progress messages: 16 MiB of windows of the usual size. */
const WINDOWS_PER_PROGRESS = 64;

/** Reads the slots of a shard from the archive and hands over what IQ programs did in them. */
export async function runSessionsShard(
  task: SessionsShardTask,
  port: MessagePort,
  signal: AbortSignal,
): Promise<ShardResult> {
  const { windowBytes } = task.limits;
  const archive = openTaskArchive(task.archive, task.limits);
  const hasher = borrowHasher(windowBytes);
  try {
    const epoch = await archive.epoch(epochOfSlot(task.range.start), signal);
    try {
      return await readShard(task, { port, epoch, hasher }, signal);
    } finally {
      epoch.close();
    }
  } finally {
    returnHasher(hasher, windowBytes);
    archive.close();
  }
}

interface ShardInputs {
  readonly port: MessagePort;
  readonly epoch: EpochArchive;
  readonly hasher: SectionHasher;
}

async function readShard(
  task: SessionsShardTask,
  { port, epoch, hasher }: ShardInputs,
  signal: AbortSignal,
): Promise<ShardResult> {
  const { shardId, limits } = task;
  const schedule = new SlotSchedule(await epoch.locate(task.range, signal), task.range);
  const filter = compileIqFilter(task.filter);
  const keys = new AccountKeySet(filter.scanKeys);
  const outlet = new RecordOutlet({ shardId, port, limits });
  const { everyTransaction, lookupsAreCandidates } = filter;
  const scanner = new SectionScanner({
    ...{ keys, everyTransaction, lookupsAreCandidates },
    sectionBytesMax: limits.sectionBytesMax,
    sectionsMax: SECTIONS_PER_SCAN,
    eventsMax: EVENTS_PER_SCAN,
  });
  const verification = new SectionVerification(hasher, task.verify, !schedule.exact);
  const consumer = new IqSlotConsumer({
    ...{ filter, keys, outlet },
    slotRecordsBytesMax: limits.slotRecordsBytesMax,
    payloadBytesMax: limits.sectionBytesMax,
  });
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
      if (++windows % WINDOWS_PER_PROGRESS === 0) outlet.progress(counters());
    },
  });
  const outcome = await reader.read();
  await outlet.drain();
  crashPoint('worker-after-results');
  crashPoint('worker-thread-exit');
  return { type: 'shard', shardId, outcome, counters: counters(), quarantined: reader.quarantined };
}
