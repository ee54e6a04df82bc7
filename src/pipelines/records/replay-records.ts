import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Logger } from 'pino';
import { OperatingError } from '../../core/errors.ts';
import { ReleaseStack } from '../../core/release-stack.ts';
import type { StreamNotice } from '../../decode/atproto/decoded-frame.ts';
import type { RecordsOptions } from '../../model/records-options.ts';
import type { StreamFrame } from '../../model/stream-frame.ts';
import { createRecordsMetrics } from '../../ops/records-metrics.ts';
import type { RecordCollections } from '../../protocols/records/record-collections.ts';
import type { RecordStore } from '../../sinks/records/record-store.ts';
import { readRecordedFrames } from '../../sources/jetstream/replay-file.ts';
import { untilReachable } from '../until-reachable.ts';
import { gathererOf } from './gatherer-of.ts';
import { loadCollections } from './load-collections.ts';
import { openRecordStore } from './open-record-store.ts';
import type { RecordCounts } from './record-counts.ts';
import { RecordIntake } from './record-intake.ts';
import { awaitLease } from './stream-lease.ts';

/** What a replay came to. */
export interface ReplayReport {
  readonly counts: RecordCounts;
  /** Records in the database that wait for others. */
  readonly waiting: number;
  /** Rows that stand now, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** The database, without its password. */
  readonly where: string;
}

interface Replay {
  readonly options: RecordsOptions;
  readonly collections: RecordCollections;
  readonly store: RecordStore;
  readonly onFault: (error: OperatingError) => void;
}

/**
 * Reads recorded events into the database. The cursor of the live stream stays where it is; reading a file again
 * changes nothing.
 * @throws {OperatingError} USAGE for a file that cannot be read, RECORD_MALFORMED for one that ends too early.
 */
export async function replayRecords(
  options: RecordsOptions,
  files: readonly string[],
  logger: Logger,
  signal: AbortSignal,
): Promise<ReplayReport> {
  const release = new ReleaseStack();
  try {
    const collections = loadCollections(options.lexiconFolders, options.collections);
    const { tables } = collections;
    const store = openRecordStore({ location: options.store, tables, onQuery: () => {} });
    release.defer(() => store.close());
    await store.migrate(signal);
    const onFault = ({ message }: OperatingError): void => logger.warn(message);
    const replay = { options, collections, store, onFault };
    const stream = `replay:${files.map((file) => basename(file)).join(',')}`;
    const counts = await readInto(replay, stream, files, signal);
    const waiting = await store.countPending();
    const rows = await store.countRows();
    return { counts, waiting, rows, where: placeText(options) };
  } finally {
    await release.releaseAll();
  }
}

async function readInto(
  { options, collections, store, onFault }: Replay,
  stream: string,
  files: readonly string[],
  signal: AbortSignal,
): Promise<RecordCounts> {
  const { leaseMs } = options.source;
  const wanted = { store, stream, holder: randomUUID(), leaseMs, onFault };
  const busy = (): void => onFault(busyReplay(stream));
  const lease = await awaitLease(wanted, busy, signal);
  const metrics = createRecordsMetrics();
  const onNotice = ({ name }: StreamNotice): void => onFault(recordedNotice(stream, name));
  const gatherer = gathererOf({ options, collections, metrics, onNotice });
  const intake = new RecordIntake({ gatherer, store, lease, metrics, onFault, position: null });
  try {
    let frames: StreamFrame[] = [];
    for (const file of files) {
      for await (const frame of readRecordedFrames(file, signal)) {
        frames.push(frame);
        if (frames.length < options.batchMax) continue;
        await intake.store(frames, signal);
        frames = [];
      }
    }
    if (frames.length > 0) await intake.store(frames, signal);
    return intake.counts;
  } finally {
    await untilReachable(() => store.releaseLease(lease), onFault, signal).catch(() => {});
  }
}

function recordedNotice(stream: string, name: string): OperatingError {
  const message = `${stream}: when it was recorded, the server said ${name}`;
  return new OperatingError('STREAM_REFUSED', message, { retryable: false });
}

function busyReplay(stream: string): OperatingError {
  const message = `${stream}: another process reads the same files into this database; waiting for it`;
  return new OperatingError('LEASE_LOST', message, { retryable: true });
}

function placeText({ store }: RecordsOptions): string {
  if (store.databaseUrl === null) return store.sqlitePath;
  const { host, pathname } = new URL(store.databaseUrl);
  return `postgres://${host}${pathname}`;
}
