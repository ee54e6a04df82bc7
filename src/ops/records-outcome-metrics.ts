import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RejectReason } from '../model/record-change.ts';

/** Complete by its type. Series that exist from the start let `increase` see the first rejection. */
const rejectReasons: Readonly<Record<RejectReason, true>> = {
  ErrInvalidCBOR: true,
  ErrMalformedJSON: true,
  ErrMissingDID: true,
  ErrMissingPath: true,
  ErrMissingRecord: true,
  ErrInvalidRecordCID: true,
  ErrUnsupportedKind: true,
  ErrMessageTooLarge: true,
  ErrUnsupportedCollection: true,
  ErrMissingField: true,
  ErrInvalidFieldType: true,
  ErrInvalidFieldValue: true,
  ErrMissingRequiredField: true,
  ErrInvalidTimestamp: true,
  ErrProtectedData: true,
  ErrNotOwner: true,
};

/** What the filter let through, and what became of it. */
export function createRecordsOutcomeMetrics(registers: Registry[]) {
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  return {
    filterProcessed: counter(
      'indexer_filter_processed_total',
      'Record changes that the filter looked at; matched and discarded ones together.',
    ),
    filterMatched: counter(
      'indexer_filter_matched_total',
      'Record changes of a wanted collection, valid or not.',
    ),
    filterDiscarded: counter(
      'indexer_filter_discarded_total',
      'Record changes of other collections.',
    ),
    rejections: createRejections(registers),
    deletes: counter('indexer_deletes_total', 'Records deleted.'),
    skipped: counter(
      'indexer_skipped_total',
      'Revisions that were there already, or older than what is there.',
    ),
    deadLetters: counter(
      'indexer_dead_letters_total',
      'Valid records that the database refused, or that waited too long for others.',
    ),
    referencesDeferred: counter(
      'indexer_references_deferred_total',
      'Records set aside until those they refer to are there.',
    ),
    referencesResolved: counter(
      'indexer_references_resolved_total',
      'Records set aside that have found those they refer to.',
    ),
    pendingReferences: new Gauge({
      name: 'indexer_pending_references',
      help: 'Records set aside now.',
      registers,
    }),
    accountEvents: counter('indexer_account_events_total', 'Account events.'),
    identityEvents: counter('indexer_identity_events_total', 'Identity events.'),
    batchChanges: new Histogram({
      name: 'indexer_batch_changes',
      help: 'Changes and rejections in a batch.',
      buckets: [1, 5, 10, 25, 50, 100, 250, 500, 1000, 2000],
      registers,
    }),
    batchDuration: new Histogram({
      name: 'indexer_batch_duration_seconds',
      help: 'Time that a batch took to become durable.',
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
  };
}

function createRejections(registers: Registry[]) {
  const rejections = new Counter({
    name: 'indexer_rejections_total',
    help: 'What was quarantined, by reason.',
    labelNames: ['reason'] as const,
    registers,
  });
  for (const reason of Object.keys(rejectReasons)) rejections.inc({ reason }, 0);
  return rejections;
}
