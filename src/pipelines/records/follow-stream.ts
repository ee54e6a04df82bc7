import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingError } from '../../core/errors.ts';
import type { StreamNotice } from '../../decode/atproto/decoded-frame.ts';
import type { StreamLease } from '../../model/record-batch.ts';
import type { StreamPosition } from '../../model/stream-frame.ts';
import { FrameQueue } from '../../sources/jetstream/frame-queue.ts';
import { StreamClient } from '../../sources/jetstream/stream-client.ts';
import { untilReachable } from '../until-reachable.ts';
import { gathererOf } from './gatherer-of.ts';
import { noteGap, observeStream } from './observe-stream.ts';
import { RecordIntake } from './record-intake.ts';
import type { RecordsRun } from './records-run.ts';

/** What is received is still stored at an orderly stop, for so long. */
const DRAIN_MS = 5_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** A connection that lasted as long is no sign of a server that drops them. */
const STABLE_MS = 5_000;

/**
 * Reads the stream from its stored cursor on, as the holder of its lease. Ends when the signal aborts, and what was
 * received by then is stored.
 * @throws {OperatingError} LEASE_LOST, SINK_REFUSED, STREAM_REFUSED, STREAM_UNREACHABLE.
 */
export async function followStream(
  run: RecordsRun,
  lease: StreamLease,
  signal: AbortSignal,
): Promise<void> {
  const { options, collections, metrics, store, onFault } = run;
  const { from, position } = await beginningOf(run, signal);
  let client: StreamClient | undefined;
  const onNotice = (notice: StreamNotice): void => takeNotice(run, client, notice);
  const gatherer = gathererOf({ options, collections, metrics, onNotice });
  const intake = new RecordIntake({ gatherer, store, lease, position, metrics, onFault });
  const queue = openQueue(run);
  run.state.waiting = () => queue.size;
  client = openClient(run, queue, intake, from);
  const reading = new AbortController();
  const ended = new AbortController();
  const storing = storeAll(run, queue, intake, ended.signal).finally(() => reading.abort());
  // The connection takes a moment to end; a failure is heard of only then, and must not count as nobody's meanwhile.
  storing.catch(() => {});
  try {
    await client.run(AbortSignal.any([signal, reading.signal]));
  } finally {
    queue.close();
    const late = sleep(DRAIN_MS, undefined, { ref: false }).then(() => ended.abort());
    await Promise.race([storing.catch(() => {}), late]);
    ended.abort();
    // The database is closed behind this, so nothing may be under way any more.
    await storing.catch(() => {});
  }
  await storing;
}

interface Beginning {
  /** As `RecordSourceOptions` has it. */
  readonly from: 'live' | number | null;
  /** Up to where everything behind `from` is stored. */
  readonly position: StreamPosition | null;
}

/**
 * A cursor that was given leaves aside what is stored: the greatest stored time says nothing of what lies behind that
 * cursor. It counts once: when the lease comes back, reading goes on where this process was.
 */
async function beginningOf(run: RecordsRun, signal: AbortSignal): Promise<Beginning> {
  const { options, store, onFault, state } = run;
  const { stream, from } = options.source;
  if (from !== null && state.reached !== null) return { from: null, position: state.reached };
  if (typeof from === 'number') return { from, position: null };
  const position = await untilReachable(() => store.readPosition(stream), onFault, signal);
  return { from, position };
}

/**
 * What a server says of the stream itself. Names: com.atproto.sync.subscribeRepos, network.bsky.jetstream.subscribeEvents.
 */
function takeNotice(
  run: RecordsRun,
  client: StreamClient | undefined,
  { type, name, message }: StreamNotice,
): void {
  run.logger.warn({ notice: name }, `the server says ${name}: ${message ?? 'nothing more'}`);
  if (name === 'OutdatedCursor') noteGap(run, 'the server no longer has what comes next');
  // A number that the server has not reached is one of another server: it would refuse it for ever.
  if (type === 'error' && name === 'FutureCursor') client?.forgetSequence();
}

function openQueue(run: RecordsRun): FrameQueue {
  const { pauseAt, resumeAt, queueMax, queueBytesMax } = run.options.source;
  return new FrameQueue({
    ...{ pauseAt, resumeAt },
    capacity: queueMax,
    bytesMax: queueBytesMax,
  });
}

function openClient(
  run: RecordsRun,
  queue: FrameQueue,
  intake: RecordIntake,
  from: Beginning['from'],
): StreamClient {
  const { source } = run.options;
  return new StreamClient({
    queue,
    endpoints: source.endpoints,
    collections: run.collections.nsids,
    dids: source.dids,
    compress: source.compress,
    from,
    positionOf: () => intake.position,
    timing: {
      handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
      idleTimeoutMs: source.idleTimeoutMs,
      pauseMaxMs: source.pauseMaxMs,
      stableMs: STABLE_MS,
    },
    attemptsMax: source.attemptsMax,
    messageBytesMax: source.messageBytesMax,
    random: Math.random,
    onEvent: observeStream(run),
  });
}

/** Resolves when the queue is closed and empty, or the signal aborts. */
async function storeAll(
  run: RecordsRun,
  queue: FrameQueue,
  intake: RecordIntake,
  signal: AbortSignal,
): Promise<void> {
  while (true) {
    const frames = await queue.take(run.options.batchMax, signal);
    if (frames.length === 0) return;
    try {
      await intake.store(frames, signal);
    } catch (error) {
      if (signal.aborted && !(error instanceof OperatingError)) return;
      throw error;
    }
    run.state.reached = intake.position;
  }
}
