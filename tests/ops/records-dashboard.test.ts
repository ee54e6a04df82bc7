import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { z } from 'zod';
import { createRecordsMetrics } from '../../src/ops/records-metrics.ts';
import { metricNames, seriesNames } from '../support/promql-names.ts';

/** Goal: the dashboard can be imported, is laid out cleanly, and asks only for metrics that exist. */

const source = z.object({
  type: z.literal('prometheus'),
  uid: z.string().regex(/^\$\{datasource\}$/),
});
const gridPos = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1),
});
const panelSchema = z.discriminatedUnion('type', [
  z.object({ id: z.int(), type: z.literal('row'), title: z.string(), gridPos }),
  z.object({
    id: z.int(),
    type: z.enum(['timeseries', 'stat']),
    title: z.string(),
    description: z.string().regex(/\.$/),
    gridPos,
    datasource: source,
    targets: z.array(z.object({ refId: z.string(), expr: z.string(), datasource: source })).min(1),
  }),
]);
const dashboardSchema = z.object({
  uid: z.string().max(40),
  title: z.string(),
  schemaVersion: z.int().min(39),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z.array(panelSchema),
});

const file = new URL('../../ops/records/dashboard.json', import.meta.url);
const dashboard = dashboardSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
const queries = dashboard.panels.flatMap((panel) => (panel.type === 'row' ? [] : [panel]));

test('the data source is chosen where the dashboard is imported', () => {
  const [first] = dashboard.templating.list;
  assert.deepEqual(
    { name: first?.name, type: first?.type },
    { name: 'datasource', type: 'datasource' },
  );
});

test('panels have ids and titles of their own, and their queries letters of their own', () => {
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
  for (const { targets, title } of queries) {
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
  }
});

test('no panel covers another or leaves the grid', () => {
  const taken = new Map<string, string>();
  for (const { gridPos: at, title } of dashboard.panels) {
    assert(at.x + at.w <= 24, title);
    for (let x = at.x; x < at.x + at.w; x++) {
      for (let y = at.y; y < at.y + at.h; y++) {
        assert.equal(taken.get(`${x},${y}`), undefined, title);
        taken.set(`${x},${y}`, title);
      }
    }
  }
});

test('every query asks only for metrics that the indexer has, of the chosen instances', async () => {
  const known = await seriesNames(createRecordsMetrics().registry);
  for (const { targets, title } of queries) {
    for (const { expr } of targets) {
      const names = metricNames(expr);
      assert(names.length > 0, title);
      assert.deepEqual(
        names.filter((name) => !known.has(name)),
        [],
        title,
      );
      const chosen = expr.match(/\{job=~"\$job", instance=~"\$instance"/g) ?? [];
      assert.equal(chosen.length, names.length, title);
    }
  }
});

test('every panel that the documentation of the indexer names is there', () => {
  const titles = dashboard.panels.map(({ title }) => title);
  for (const title of [
    'Lag over time',
    'Throughput',
    'Error rate',
    'Ingest latency',
    'Queue',
    'Backpressure',
    'Reconnections',
    'Database write failures',
    'Rejections by reason',
    'Dead letters',
    'Pending references',
    'Query time',
  ]) {
    assert(titles.includes(title), title);
  }
  const latency = queries.find(({ title }) => title === 'Ingest latency');
  const quantiles = latency?.targets.map(({ expr }) => /quantile\((0\.\d+)/.exec(expr)?.[1]);
  assert.deepEqual(quantiles, ['0.5', '0.95']);
});
