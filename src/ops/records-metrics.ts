import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BatchOutcome } from '../model/record-batch.ts';
import { createQueryMetrics } from './query-metrics.ts';
import { createRecordsOutcomeMetrics } from './records-outcome-metrics.ts';
import { createRecordsStreamMetrics } from './records-stream-metrics.ts';

export type RecordsMetrics = ReturnType<typeof createRecordsMetrics>;

/** Every metric of the records indexer, on its own port. */
export function createRecordsMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const documented = {
    ...createMessageMetrics(registers),
    ...createConnectionMetrics(registers),
  };
  const outcome = createRecordsOutcomeMetrics(registers);

  /** Counts what a durable batch came to. */
  function observeOutcome(batch: BatchOutcome): void {
    documented.upserts.inc(batch.inserted + batch.updated);
    outcome.deletes.inc(batch.deleted);
    outcome.skipped.inc(batch.skipped);
    outcome.deadLetters.inc(batch.deadLetters);
    outcome.referencesDeferred.inc(batch.pending);
    outcome.referencesResolved.inc(batch.resolved);
  }

  return {
    registry,
    ...documented,
    ...outcome,
    ...createRecordsStreamMetrics(registers),
    ...createQueryMetrics(registers),
    observeOutcome,
  };
}

/*
 * The thirteen below have names, types and buckets, and have no labels, as in the indexer that this one replaces:
 * dashboards and alerts of its users go on working.
 */

function createMessageMetrics(registers: Registry[]) {
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  return {
    messagesProcessed: counter(
      'indexer_messages_processed_total',
      'Frames taken from the stream, good or bad.',
    ),
    messagesError: counter(
      'indexer_messages_error_total',
      'Records of a wanted collection that are not valid.',
    ),
    upserts: counter(
      'indexer_upserts_total',
      'Records inserted or updated; skipped revisions and deletions are not among them.',
    ),
    trustRecompute: counter(
      'indexer_trust_recompute_total',
      'Changes of alliances, replays too: each makes trust between scenes be worked out anew.',
    ),
    ingestLatency: new Histogram({
      name: 'indexer_ingest_latency_seconds',
      help: 'Time from when a record is taken up until it is stored, of inserted and updated ones.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    databaseWritesFailed: counter(
      'indexer_database_writes_failed_total',
      'Writes that the database did not take, those tried again too.',
    ),
    processingLag: new Gauge({
      name: 'indexer_processing_lag_seconds',
      help: 'Now minus the time of the event that was handled last.',
      registers,
    }),
  };
}

function createConnectionMetrics(registers: Registry[]) {
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  let waiting = (): number => 0;
  new Gauge({
    name: 'indexer_pending_messages',
    help: 'Frames received and not yet handled.',
    registers,
    // Asked when it is read: a queue grows while nothing is taken from it.
    collect() {
      this.set(waiting());
    },
  });
  return {
    watchPendingMessages: (count: () => number): void => {
      waiting = count;
    },
    backpressurePaused: counter(
      'indexer_backpressure_paused_total',
      'Times that reading was paused because the queue was long.',
    ),
    backpressureResumed: counter(
      'indexer_backpressure_resumed_total',
      'Times that a pause ended, also by closing the connection.',
    ),
    backpressurePauseDuration: new Histogram({
      name: 'indexer_backpressure_pause_duration_seconds',
      help: 'How long pauses lasted.',
      buckets: [0.1, 0.5, 1, 5, 10, 30, 60],
      registers,
    }),
    reconnectionAttempts: counter(
      'indexer_reconnection_attempts_total',
      'Attempts to reach the stream again.',
    ),
    reconnectionSuccess: counter(
      'indexer_reconnection_success_total',
      'Attempts after which frames came.',
    ),
  };
}
