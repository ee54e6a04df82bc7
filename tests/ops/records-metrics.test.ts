import assert from 'node:assert/strict';
import test from 'node:test';
import { createRecordsMetrics } from '../../src/ops/records-metrics.ts';
import { metricNames } from '../support/promql-names.ts';

/** Goal: the indexer's metrics keep the names and buckets that users know, and say what they claim to. */

async function line(metrics: ReturnType<typeof createRecordsMetrics>, series: string) {
  const text = await metrics.registry.metrics();
  const found = text.split('\n').find((one) => one.startsWith(`${series} `));
  return found === undefined ? undefined : Number(found.slice(series.length + 1));
}

test('our metrics carry their prefix, counters end in _total and help ends in a full stop', async () => {
  const all = await createRecordsMetrics().registry.getMetricsAsJSON();
  const own = all.filter(({ name }) => !/^(process|nodejs)_/.test(name));
  assert(own.length > 30);
  for (const { name, help, type } of own) {
    assert.match(name, /^(indexer|db)_[a-z_]+$/);
    assert.equal(name.endsWith('_total'), String(type) === 'counter', name);
    assert.match(help, /\.$/, name);
  }
});

test('a query is slow above 100 ms and very slow above 5 s', async () => {
  const metrics = createRecordsMetrics();
  for (const seconds of [0.1, 0.2, 5, 5.1]) metrics.observeQuery('apply', seconds);
  assert.equal(await line(metrics, 'db_slow_queries_total'), 3);
  assert.equal(await line(metrics, 'db_very_slow_queries_total'), 1);
  assert.equal(
    await line(metrics, 'db_query_duration_seconds_bucket{le="5",operation="apply"}'),
    3,
  );
  assert.equal(await line(metrics, 'db_query_duration_seconds_count{operation="apply"}'), 4);
});

test('a batch counts as upserts what was inserted and updated, and nothing else', async () => {
  const metrics = createRecordsMetrics();
  metrics.observeOutcome({
    inserted: 1,
    updated: 2,
    deleted: 4,
    skipped: 8,
    pending: 16,
    resolved: 32,
    deadLetters: 64,
    accounts: 128,
  });
  assert.equal(await line(metrics, 'indexer_upserts_total'), 3);
  assert.equal(await line(metrics, 'indexer_deletes_total'), 4);
  assert.equal(await line(metrics, 'indexer_skipped_total'), 8);
  assert.equal(await line(metrics, 'indexer_references_deferred_total'), 16);
  assert.equal(await line(metrics, 'indexer_references_resolved_total'), 32);
  assert.equal(await line(metrics, 'indexer_dead_letters_total'), 64);
});

test('the connection is in one state at a time, idle at first', async () => {
  const metrics = createRecordsMetrics();
  const ofState = async () => {
    const { values } = await metrics.connectionState.get();
    return values.filter(({ value }) => value === 1).map(({ labels }) => labels.state);
  };
  assert.deepEqual(await ofState(), ['idle']);
  metrics.setConnectionState('open');
  assert.deepEqual(await ofState(), ['open']);
});

test('the age of the cursor grows without anybody touching it, and is unknown without a cursor', async () => {
  const metrics = createRecordsMetrics();
  assert.equal(await line(metrics, 'indexer_cursor_age_seconds'), Number.NaN);
  metrics.setCursor((Date.now() - 90_000) * 1000);
  const first = await line(metrics, 'indexer_cursor_age_seconds');
  assert(first !== undefined && first >= 90 && first < 1_000, String(first));
  metrics.setCursor(0);
  assert.equal(await line(metrics, 'indexer_cursor_age_seconds'), Number.NaN);
});

test('each reason of a rejection is there before it happens', async () => {
  const metrics = createRecordsMetrics();
  assert.equal(await line(metrics, 'indexer_rejections_total{reason="ErrNotOwner"}'), 0);
  metrics.rejections.inc({ reason: 'ErrNotOwner' });
  assert.equal(await line(metrics, 'indexer_rejections_total{reason="ErrNotOwner"}'), 1);
});

test('names of metrics are told from functions, labels, strings and ranges', () => {
  assert.deepEqual(
    metricNames(
      'sum by (job, le) (rate(a_b{c="d_e", f=~"g}"}[5m])) > 0.05 * h:i offset 1h or up == 1',
    ),
    ['a_b', 'h:i', 'up'],
  );
});
