import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { createRecordsMetrics } from '../../src/ops/records-metrics.ts';
import { metricNames, seriesNames } from '../support/promql-names.ts';
import { promtool, withoutPromtool } from '../support/promtool.ts';

/** Goal: the alert rules load, ask for metrics that exist, and each of them fires when it should. */

const folder = new URL('../../ops/records/', import.meta.url);
const pathOf = (name: string) => fileURLToPath(new URL(name, folder));
const read = (name: string): unknown => parse(readFileSync(pathOf(name), 'utf8'));

const rulesSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string().regex(/^millrace-records-[a-z]+$/),
      rules: z
        .array(
          z.strictObject({
            alert: z.string().regex(/^Indexer[A-Za-z]+$/),
            expr: z.string().min(1),
            for: z
              .string()
              .regex(/^\d+[smh]$/)
              .optional(),
            labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
            annotations: z.strictObject({
              summary: z.string().regex(/^[^{}]+\.$/),
              description: z.string().regex(/\.$/),
            }),
          }),
        )
        .min(1),
    }),
  ),
});

const casesSchema = z.object({
  tests: z.array(
    z.object({
      promql_expr_test: z.array(
        z.object({ exp_samples: z.array(z.object({ labels: z.string() })) }),
      ),
    }),
  ),
});

const scrapeSchema = z.strictObject({
  scrape_configs: z.tuple([
    z.strictObject({
      job_name: z.string(),
      metrics_path: z.literal('/internal/indexer/metrics'),
      scrape_interval: z.string(),
      http_headers: z.strictObject({
        'X-Internal-Token': z.strictObject({ files: z.tuple([z.string().startsWith('/')]) }),
      }),
      static_configs: z.array(z.strictObject({ targets: z.array(z.string()) })),
    }),
  ]),
  rule_files: z.tuple([z.literal('alerts.yml')]),
});

const rules = rulesSchema.parse(read('alerts.yml')).groups.flatMap((group) => group.rules);

test('every alert asks only for metrics that the indexer has, or that Prometheus adds', async () => {
  const known = await seriesNames(createRecordsMetrics().registry);
  known.add('up');
  for (const { alert, expr } of rules) {
    const names = metricNames(expr);
    assert(names.length > 0, alert);
    assert.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
      alert,
    );
  }
});

test('what the documentation of the indexer lists is watched', () => {
  const alerts = rules.map(({ alert }) => alert);
  assert.equal(new Set(alerts).size, alerts.length);
  for (const alert of [
    'IndexerHighErrorRate',
    'IndexerBackpressureLong',
    'IndexerReconnectsFail',
    'IndexerHighLag',
    'IndexerCriticalLag',
    'IndexerQueueLong',
    'IndexerWritesFail',
    'IndexerDown',
    'IndexerQuarantineGrows',
    'IndexerDeadLetters',
    'IndexerPendingReferencesOld',
    'IndexerNoLeaseHolder',
  ]) {
    assert(alerts.includes(alert), alert);
  }
});

test('every alert has a case in which it fires', () => {
  const text = casesSchema
    .parse(read('alerts.test.yml'))
    .tests.flatMap((one) => one.promql_expr_test.flatMap((check) => check.exp_samples))
    .map(({ labels }) => /^\{alertname="(\w+)"\}$/.exec(labels)?.[1]);
  const missing = rules.map(({ alert }) => alert).filter((alert) => !text.includes(alert));
  assert.deepEqual(missing, []);
});

test('the example scrape config sends the token from a file, for the job that the rules name', () => {
  const [job] = scrapeSchema.parse(read('scrape.yml')).scrape_configs;
  const down = rules.find(({ alert }) => alert === 'IndexerDown');
  assert.match(String(down?.expr), new RegExp(`up\\{job="${job.job_name}"\\}`));
});

test('Prometheus takes the rules, and they fire when they should', {
  skip: withoutPromtool,
}, () => {
  const check = promtool('check', 'rules', pathOf('alerts.yml'));
  assert.equal(check.status, 0, check.output);
  const run = promtool('test', 'rules', pathOf('alerts.test.yml'));
  assert.equal(run.status, 0, run.output);
});
