import assert from 'node:assert/strict';
import { request } from 'node:http';
import test from 'node:test';
import pino from 'pino';
import { OperatingError } from '../../../src/core/errors.ts';
import type { ApiContext } from '../../../supervisor/api/api-context.ts';
import { startApi } from '../../../supervisor/api/api-server.ts';
import type { ChildSnapshot } from '../../../supervisor/child-spec.ts';
import { API_OPTIONS, startTestApi } from '../../support/api-server.ts';

const CHILD: ChildSnapshot = {
  id: 'nats',
  type: 'worker',
  state: 'running',
  restarts: 2,
  pid: 77,
  probeLatencyMs: 250,
  lastError: null,
  children: [],
};

/** Status of a GET that names another host than it connects to. */
function statusWithHost(base: string, path: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(base + path, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });
}

test('ping answers as ClickHouse does', async (t) => {
  const { ask } = await startTestApi(t);
  const { status, text, headers } = await ask('/ping');
  assert.deepEqual([status, text], [200, 'Ok.\n']);
  assert.match(headers.get('content-type') ?? '', /^text\/plain/);
});

test('readyz tells when the tree is up, healthz only that the process is', async (t) => {
  let ready = false;
  const { ask } = await startTestApi(t, { ready: () => ready });
  assert.equal((await ask('/readyz')).status, 503);
  assert.equal((await ask('/healthz')).status, 200);
  ready = true;
  assert.equal((await ask('/readyz')).status, 200);
});

test('health shows every child and is degraded while one at any depth is not up', async (t) => {
  const below: ChildSnapshot = { ...CHILD, id: 'below', state: 'waiting', lastError: 'gone' };
  let children: ChildSnapshot[] = [CHILD];
  const { ask } = await startTestApi(t, { children: () => children });
  const whole = JSON.parse((await ask('/health')).text);
  assert.equal(whole.status, 'ok');
  assert.deepEqual(whole.children, [CHILD]);
  children = [{ ...CHILD, children: [below] }];
  assert.equal(JSON.parse((await ask('/health')).text).status, 'degraded');
});

test('metrics come in Prometheus’ text form, with the moment’s gauges', async (t) => {
  const { ask, context } = await startTestApi(t, { children: () => [CHILD] });
  context.metrics.slots.inc({ outcome: 'done' }, 7);
  const { text, headers } = await ask('/metrics');
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(text, /^millrace_slots_total\{outcome="done"\} 7$/m);
  assert.match(text, /^millrace_child_up\{child="nats"\} 1$/m);
  assert.match(text, /^millrace_child_restarts\{child="nats"\} 2$/m);
  assert.match(text, /^millrace_child_probe_duration_seconds\{child="nats"\} 0\.25$/m);
  assert.match(text, /^millrace_outbox_entries\{state="dead"\} 0$/m);
});

test('with a token everything but the open paths demands exactly it', async (t) => {
  const { ask } = await startTestApi(t, {}, { token: 'right' });
  for (const path of ['/ping', '/healthz', '/readyz', '/ping?x=1']) {
    assert.equal((await ask(path)).status, 200, path);
  }
  for (const authorization of ['', 'Bearer wrong', 'Bearer right2', 'Basic right', 'right']) {
    const answer = await ask('/metrics', { headers: { authorization } });
    assert.equal(answer.status, 401, authorization);
    assert.equal(JSON.parse(answer.text).error, 'TOKEN');
  }
  assert.equal((await ask('/health')).status, 401);
  assert.equal((await ask('/no-such-path')).status, 401);
  const headers = { authorization: 'Bearer right' };
  assert.equal((await ask('/metrics', { headers })).status, 200);
});

test('without a token a request under a foreign host name is turned away', async (t) => {
  const { base } = await startTestApi(t);
  assert.equal(await statusWithHost(base, '/health', 'evil.example'), 403);
  assert.equal(await statusWithHost(base, '/health', 'localhost:1'), 200);
  assert.equal(await statusWithHost(base, '/ping', 'evil.example'), 200);
});

test('listening beyond loopback without a token is a configuration error', async () => {
  const context = {} as ApiContext;
  for (const host of ['0.0.0.0', '::', '192.0.2.1', '127.example']) {
    await assert.rejects(
      startApi({ ...API_OPTIONS, host }, context),
      (error) => error instanceof OperatingError && error.code === 'CONFIG',
    );
  }
});

test('a taken port is named together with the remedy', async (t) => {
  const first = await startTestApi(t);
  const port = Number(new URL(first.base).port);
  await assert.rejects(
    startApi({ ...API_OPTIONS, port }, first.context),
    (error) =>
      error instanceof OperatingError &&
      error.code === 'PORT_TAKEN' &&
      error.message.includes(`127.0.0.1:${port}`) &&
      error.message.includes('MILLRACE_API_PORT'),
  );
});

test('an unknown path, a wrong content type, bad JSON and a large body each say what is wrong', async (t) => {
  const { ask } = await startTestApi(t, {}, { bodyBytesMax: 100 });
  const send = async (path: string, type: string, body: string) => {
    const answer = await ask(path, { method: 'POST', headers: { 'content-type': type }, body });
    return [answer.status, JSON.parse(answer.text).error];
  };
  const uploads = '/api/v1/uploads';
  assert.deepEqual(await send('/nothing', 'application/json', '{}'), [404, 'NOT_FOUND']);
  assert.deepEqual(await send(uploads, 'text/plain', '{}'), [415, 'CONTENT_TYPE']);
  assert.deepEqual(await send(uploads, 'application/json', '{"a":'), [400, 'INVALID']);
  assert.deepEqual(await send(uploads, 'application/json', '[]'), [400, 'INVALID']);
  const large = JSON.stringify({ name: 'x'.repeat(200) });
  assert.deepEqual(await send(uploads, 'application/json', large), [413, 'TOO_LARGE']);
});

test('a bug inside a route is logged and answered without its inner text', async (t) => {
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(line) });
  const children = () => {
    throw new TypeError('inner secret');
  };
  const { ask } = await startTestApi(t, { logger, children });
  const { status, text } = await ask('/health');
  assert.equal(status, 500);
  assert.doesNotMatch(text, /inner secret/);
  assert.match(lines.join(''), /inner secret/);
});
