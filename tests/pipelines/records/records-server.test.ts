import assert from 'node:assert/strict';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import type { RecordsReadiness } from '../../../src/model/records-status.ts';
import { createRecordsMetrics } from '../../../src/ops/records-metrics.ts';
import {
  type RecordsServerOptions,
  startRecordsServer,
} from '../../../src/pipelines/records/records-server.ts';

/** Goal: probes answer for whoever asks, metrics only for whoever knows the token. */

const wellReadiness: RecordsReadiness = {
  ready: true,
  stream: { state: 'open', host: 'a.example:443', failures: 0, pending: 3, cursorTimeUs: 1 },
  database: { kind: 'sqlite', reachable: true },
  lease: 'held',
};

async function start(options: Partial<RecordsServerOptions> = {}) {
  const server = await startRecordsServer({
    port: 0,
    token: null,
    registry: createRecordsMetrics().registry,
    readiness: async () => wellReadiness,
    ...options,
  });
  const ask = (path: string, headers: Record<string, string | string[]> = {}) =>
    new Promise<{ status: number | undefined; type: string | undefined; body: string }>(
      (resolve, reject) => {
        const request = get({ host: '127.0.0.1', port: server.port, path, headers }, (response) => {
          const { statusCode: status, headers: got } = response;
          text(response).then(
            (body) => resolve({ status, type: got['content-type'], body }),
            reject,
          );
        });
        request.on('error', reject);
      },
    );
  return { ask, port: server.port, [Symbol.asyncDispose]: () => server.close() };
}

const metricsPath = '/internal/indexer/metrics';

test('the process says that it lives, whatever else is wrong, and without a token', async () => {
  await using server = await start({
    token: 'secret',
    readiness: () => Promise.reject(new Error('broken')),
  });
  const { status, body } = await server.ask('/health');
  assert.equal(status, 200);
  assert.equal(body, '{"status":"healthy"}');
});

test('readiness is given with the state of stream, database and lease, and without a token', async () => {
  let readiness = wellReadiness;
  await using server = await start({ token: 'secret', readiness: async () => readiness });
  const ready = await server.ask('/readyz');
  assert.equal(ready.status, 200);
  assert.deepEqual(JSON.parse(ready.body), wellReadiness);
  readiness = {
    ...wellReadiness,
    ready: false,
    database: { kind: 'sqlite', reachable: false },
  };
  const away = await server.ask('/readyz');
  assert.equal(away.status, 503);
  assert.deepEqual(JSON.parse(away.body), readiness);
});

test('a state that cannot be found out is not ready, and names no address', async () => {
  const away = new OperatingError('SINK_UNREACHABLE', 'asking postgres://u:password@h: refused', {
    retryable: true,
  });
  await using server = await start({ readiness: () => Promise.reject(away) });
  const { status, body } = await server.ask('/readyz');
  assert.equal(status, 503);
  assert.equal(body, '{"ready":false,"error":"SINK_UNREACHABLE"}');
});

test('a defect while the state is found out is not ready either, and is not told', async () => {
  await using server = await start({ readiness: () => Promise.reject(new Error('password')) });
  const { status, body } = await server.ask('/readyz');
  assert.equal(status, 500);
  assert.equal(body, '{"error":"internal"}');
});

test('a state that does not come is not ready', async () => {
  await using server = await start({
    readinessTimeoutMs: 20,
    readiness: () => new Promise(() => undefined),
  });
  const { status, body } = await server.ask('/readyz');
  assert.equal(status, 503);
  assert.equal(body, '{"ready":false,"error":"TIMEOUT"}');
});

test('metrics are given to who sends the token, and to nobody else', async () => {
  const token = 'a token of some length ü';
  await using server = await start({ token });
  const onTheWire = Buffer.from(token, 'utf8').toString('latin1');
  const right = await server.ask(metricsPath, { 'X-Internal-Token': onTheWire });
  assert.equal(right.status, 200);
  assert.match(String(right.type), /^text\/plain; version=0\.0\.4/);
  const wrong: Record<string, string | string[]>[] = [
    {},
    { 'X-Internal-Token': '' },
    { 'X-Internal-Token': onTheWire.slice(0, -1) },
    { 'X-Internal-Token': `${onTheWire}x` },
    { 'X-Internal-Token': `A${onTheWire.slice(1)}` },
    { 'X-Internal-Token': 'x'.repeat(8_000) },
    { 'X-Internal-Token': [onTheWire, onTheWire] },
    { Authorization: `Bearer ${onTheWire}` },
  ];
  for (const headers of wrong) {
    const { status, body } = await server.ask(metricsPath, headers);
    assert.equal(status, 403);
    assert.equal(body, 'Forbidden');
  }
});

test('without a token to know, metrics are given to all', async () => {
  await using server = await start();
  assert.equal((await server.ask(metricsPath)).status, 200);
});

test('the thirteen metrics of the contract are exposed with their types and buckets', async () => {
  await using server = await start();
  const { body } = await server.ask(metricsPath);
  const types = {
    indexer_messages_processed_total: 'counter',
    indexer_messages_error_total: 'counter',
    indexer_upserts_total: 'counter',
    indexer_trust_recompute_total: 'counter',
    indexer_ingest_latency_seconds: 'histogram',
    indexer_backpressure_paused_total: 'counter',
    indexer_backpressure_resumed_total: 'counter',
    indexer_backpressure_pause_duration_seconds: 'histogram',
    indexer_pending_messages: 'gauge',
    indexer_processing_lag_seconds: 'gauge',
    indexer_reconnection_attempts_total: 'counter',
    indexer_reconnection_success_total: 'counter',
    indexer_database_writes_failed_total: 'counter',
  };
  const lines = new Set(body.split('\n'));
  for (const [name, type] of Object.entries(types)) {
    assert(lines.has(`# TYPE ${name} ${type}`), name);
    assert(type === 'histogram' || lines.has(`${name} 0`), `${name} has labels or no value`);
  }
  assert.deepEqual(bucketsOf(body, 'indexer_ingest_latency_seconds'), [
    ...['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf'],
  ]);
  assert.deepEqual(bucketsOf(body, 'indexer_backpressure_pause_duration_seconds'), [
    ...['0.1', '0.5', '1', '5', '10', '30', '60', '+Inf'],
  ]);
});

test('a port that somebody has is named', async () => {
  await using server = await start();
  await assert.rejects(start({ port: server.port }), (error) => {
    assert(error instanceof OperatingError);
    assert.equal(error.code, 'PORT_TAKEN');
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${server.port} .*METRICS_PORT`));
    return true;
  });
});

/** Bounds of a histogram without labels, in the order of the exposition. */
function bucketsOf(exposition: string, name: string): (string | undefined)[] {
  const pattern = new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} `, 'gm');
  return [...exposition.matchAll(pattern)].map((match) => match[1]);
}
