import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { OperatingError } from '../../core/errors.ts';
import { ReleaseStack } from '../../core/release-stack.ts';
import type { RecordsOptions } from '../../model/records-options.ts';
import { createRecordsMetrics } from '../../ops/records-metrics.ts';
import { type Part, runTogether } from '../run-together.ts';
import { untilReachable } from '../until-reachable.ts';
import { followStream } from './follow-stream.ts';
import { loadCollections } from './load-collections.ts';
import { openRecordStore } from './open-record-store.ts';
import { readinessOf } from './record-readiness.ts';
import type { RecordsRun, RunState } from './records-run.ts';
import { startRecordsServer } from './records-server.ts';
import { awaitLease, keepLease, type LeaseOptions } from './stream-lease.ts';

/**
 * src/pipelines/records brings records of AT Protocol from a stream into a database: frames are decoded, validated,
 * mapped, and stored together with the cursor. What a lexicon means is src/protocols/records, what a database does is
 * src/sinks/records.
 *
 * Runs until the signal aborts.
 * @throws {OperatingError} what no repeating mends; whoever started the process starts it again.
 */
export async function runRecords(
  options: RecordsOptions,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const release = new ReleaseStack();
  try {
    const run = await openRun(options, logger, release);
    await untilReachable(() => run.store.migrate(signal), run.onFault, signal);
    run.state.migrated = true;
    const parts: Part[] = [
      (limit) => takeTurns(run, limit),
      (limit) => prunePeriodically(run, limit),
    ];
    await runTogether(parts, signal);
  } catch (error) {
    // Whoever waits for a database that is away hears of the end by an error.
    if (!signal.aborted) throw error;
  } finally {
    await release.releaseAll();
  }
}

async function openRun(
  options: RecordsOptions,
  logger: Logger,
  release: ReleaseStack,
): Promise<RecordsRun> {
  const metrics = createRecordsMetrics();
  const collections = loadCollections(options.lexiconFolders, options.collections);
  const store = openRecordStore({
    location: options.store,
    tables: collections.tables,
    onQuery: metrics.observeQuery,
  });
  release.defer(() => store.close());
  const state: RunState = {
    ...{ migrated: false, connection: 'idle', host: null, failures: 0, waiting: () => 0 },
    ...{ reached: null, lease: 'standby' },
  };
  metrics.watchPendingMessages(() => state.waiting());
  const onFault = (error: OperatingError): void => {
    logger.warn({ code: error.code }, error.message);
  };
  const run = { options, logger, metrics, collections, store, state, onFault };
  const server = await startRecordsServer({
    ...options.server,
    registry: metrics.registry,
    readiness: () => readinessOf(run),
  });
  release.defer(() => server.close());
  return run;
}

/** One instance writes at a time; this one waits for its turn, and does so again when it has lost it. */
async function takeTurns(run: RecordsRun, signal: AbortSignal): Promise<void> {
  const { holder, source } = run.options;
  const { stream, leaseMs } = source;
  const { store, onFault, logger } = run;
  const wanted: LeaseOptions = { store, stream, holder, leaseMs, onFault };
  const onStandby = (): void => logger.info({ stream }, 'standing by: another instance writes');
  while (!signal.aborted) {
    const lease = await awaitLease(wanted, onStandby, signal);
    logger.info({ stream, token: lease.token }, 'this instance writes what comes from the stream');
    setLease(run, 'held');
    try {
      await takeTurn(run, wanted, lease, signal);
    } catch (error) {
      if (!(error instanceof OperatingError) || error.code !== 'LEASE_LOST') throw error;
      onFault(error);
    } finally {
      setLease(run, 'standby');
      // Without it the next one would wait until the time of this lease is over.
      await store.releaseLease(lease).catch(() => {});
    }
  }
}

/** Ends with the signal, or with the first of the two that fails. */
async function takeTurn(
  run: RecordsRun,
  wanted: LeaseOptions,
  lease: Parameters<typeof followStream>[1],
  signal: AbortSignal,
): Promise<void> {
  const parts: Part[] = [
    (limit) => followStream(run, lease, limit),
    (limit) => keepLease(wanted, lease, limit),
  ];
  await runTogether(parts, signal);
}

function setLease({ state, metrics }: RecordsRun, lease: 'held' | 'standby'): void {
  state.lease = lease;
  metrics.leaseHeld.set(lease === 'held' ? 1 : 0);
  if (lease === 'held') return;
  state.waiting = () => 0;
  state.connection = 'idle';
  metrics.setConnectionState('idle');
}

const PRUNE_INTERVAL_MS = 60_000;

async function prunePeriodically(run: RecordsRun, signal: AbortSignal): Promise<void> {
  const { store, options, metrics, onFault } = run;
  while (true) {
    await untilReachable(() => store.prune(options.retention), onFault, signal);
    const pending = await untilReachable(() => store.countPending(), onFault, signal);
    metrics.pendingReferences.set(pending);
    await sleep(PRUNE_INTERVAL_MS, undefined, { signal });
  }
}
