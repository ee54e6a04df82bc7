import { Counter, Histogram, type Registry } from 'prom-client';

const slowSeconds = 0.1;
const verySlowSeconds = 5;

/** The `db_*` metrics, with names, buckets and limits of the indexer that this one replaces. */
export function createQueryMetrics(registers: Registry[]) {
  const queryDuration = new Histogram({
    name: 'db_query_duration_seconds',
    help: 'Time that the database took, by operation.',
    labelNames: ['operation'] as const,
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const slowQueries = new Counter({
    name: 'db_slow_queries_total',
    help: 'Queries that took more than 100 ms, very slow ones too.',
    registers,
  });
  const verySlowQueries = new Counter({
    name: 'db_very_slow_queries_total',
    help: 'Queries that took more than 5 s.',
    registers,
  });

  /** `operation` is one of a few fixed names, never SQL: each value is a set of series for ever. */
  function observeQuery(operation: string, seconds: number): void {
    queryDuration.observe({ operation }, seconds);
    if (seconds > slowSeconds) slowQueries.inc();
    if (seconds > verySlowSeconds) verySlowQueries.inc();
  }

  return { queryDuration, slowQueries, verySlowQueries, observeQuery };
}
