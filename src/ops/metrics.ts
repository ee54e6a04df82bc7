import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Bucket bounds in seconds, from a quick local answer to a slow shard. */
const SECONDS_BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 900];

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * Every metric of Millrace, declared in this one place. Names follow Prometheus: base units,
 * `_total` for what only grows. Label values come from closed lists, never from the chain.
 */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    ...archiveMetrics([registry]),
    ...sessionMetrics([registry]),
    ...swapMetrics([registry]),
    ...deliveryMetrics([registry]),
    ...childMetrics([registry]),
  };
}

function archiveMetrics(registers: Registry[]) {
  return {
    slots: new Counter({
      name: 'millrace_slots_total',
      help: 'Slots accounted for, by what became of them.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    transactions: new Counter({
      name: 'millrace_transactions_total',
      help: 'Transactions scanned, by kind.',
      labelNames: ['kind'] as const,
      registers,
    }),
    readBytes: new Counter({
      name: 'millrace_archive_read_bytes_total',
      help: 'Archive bytes read by committed shards.',
      registers,
    }),
    shards: new Counter({
      name: 'millrace_shards_total',
      help: 'Shards that ended, by outcome.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    shardSeconds: new Histogram({
      name: 'millrace_shard_duration_seconds',
      help: 'Time from handing a shard to a worker to its commit.',
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    followLag: new Gauge({
      name: 'millrace_follow_lag_slots',
      help: 'Finalized slots that a job that follows the chain has not done yet, by its kind.',
      labelNames: ['kind'] as const,
      registers,
    }),
    jobs: new Gauge({
      name: 'millrace_jobs',
      help: 'Jobs this supervisor is running.',
      registers,
    }),
  };
}

function sessionMetrics(registers: Registry[]) {
  return {
    records: new Counter({
      name: 'millrace_iq_records_total',
      help: 'IQ records kept that were not known before.',
      registers,
    }),
    ignoredInstructions: new Counter({
      name: 'millrace_iq_instructions_ignored_total',
      help: 'Instructions of IQ programs that could not be believed, in committed shards.',
      registers,
    }),
    sessions: new Gauge({
      name: 'millrace_sessions',
      help: 'Uploads in the store, by state.',
      labelNames: ['state'] as const,
      registers,
    }),
  };
}

function swapMetrics(registers: Registry[]) {
  return {
    swaps: new Counter({
      name: 'millrace_swaps_total',
      help: 'Swaps decoded in committed shards, by exchange program.',
      labelNames: ['program'] as const,
      registers,
    }),
    swapMismatches: new Counter({
      name: 'millrace_swap_mismatches_total',
      help: 'Calls of swap instructions that gave no sure swap, by program and reason.',
      labelNames: ['program', 'reason'] as const,
      registers,
    }),
    publishPauses: new Counter({
      name: 'millrace_swaps_pauses_total',
      help: 'Times that reading waited for the way to the sink, by what it waited for.',
      labelNames: ['cause'] as const,
      registers,
    }),
    publishPausedSeconds: new Counter({
      name: 'millrace_swaps_paused_seconds_total',
      help: 'How long reading waited for the way to the sink, by what it waited for.',
      labelNames: ['cause'] as const,
      registers,
    }),
  };
}

function deliveryMetrics(registers: Registry[]) {
  return {
    outboxEntries: new Gauge({
      name: 'millrace_outbox_entries',
      help: 'Files not yet accepted by the ingest endpoint, by state.',
      labelNames: ['state'] as const,
      registers,
    }),
    deliveries: new Counter({
      name: 'millrace_deliveries_total',
      help: 'Delivery tries, by outcome.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    deliveredBytes: new Counter({
      name: 'millrace_delivered_bytes_total',
      help: 'Bytes of files that the ingest endpoint accepted.',
      registers,
    }),
    ingestRequests: new Counter({
      name: 'millrace_ingest_requests_total',
      help: 'Requests to our own ingest backend, by status code.',
      labelNames: ['status'] as const,
      registers,
    }),
    ingestedBytes: new Counter({
      name: 'millrace_ingested_bytes_total',
      help: 'Bytes of files that our own ingest backend wrote.',
      registers,
    }),
  };
}

function childMetrics(registers: Registry[]) {
  return {
    childUp: new Gauge({
      name: 'millrace_child_up',
      help: '1 while a child of the supervisor is running and ready, else 0.',
      labelNames: ['child'] as const,
      registers,
    }),
    childRestarts: new Gauge({
      name: 'millrace_child_restarts',
      help: 'Restarts of a child since the supervisor started.',
      labelNames: ['child'] as const,
      registers,
    }),
    probeSeconds: new Gauge({
      name: 'millrace_child_probe_duration_seconds',
      help: 'Duration of the last answered liveness probe of a child.',
      labelNames: ['child'] as const,
      registers,
    }),
  };
}
