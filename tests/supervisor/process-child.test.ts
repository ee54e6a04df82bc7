import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ChildLog } from '../../src/ops/child-log.ts';
import type { RunningChild, WorkerSpec } from '../../supervisor/child-spec.ts';
import { findSetpriv, type ProcessOptions, startProcess } from '../../supervisor/process-child.ts';
import { Supervisor } from '../../supervisor/supervisor.ts';
import { freePort } from '../support/free-port.ts';
import { processAlive } from '../support/process-alive.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const script = join(import.meta.dirname, '../support/children/scripted-child.mjs');

type Behaviour = 'answer' | 'early' | 'late' | 'deaf' | 'mute' | 'silent' | 'grandchild';

async function scripted(
  t: TestContext,
  behaviour: Behaviour,
  options: Partial<ProcessOptions> = {},
): Promise<ProcessOptions & { readonly port: number }> {
  const dataDir = tempFolder(t);
  const port = await freePort();
  return {
    port,
    id: 'scripted',
    command: process.execPath,
    args: [script, dataDir, String(port), behaviour],
    cwd: dataDir,
    env: {},
    dataDir,
    recordPath: join(dataDir, 'scripted.json'),
    log: new ChildLog({ path: join(dataDir, 'scripted.log'), fileBytesMax: 1e6, oldFilesMax: 1 }),
    ports: [{ host: '127.0.0.1', port, purpose: 'the script', remedy: 'choose another' }],
    ready: { check: (signal) => ping(port, signal), intervalMs: 20, timeoutMs: 20_000 },
    explain: () => null,
    graceMs: 2_000,
    setpriv: findSetpriv(),
    ...options,
  };
}

async function ping(port: number, signal: AbortSignal): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/ping`, { signal });
  assert.equal(await response.text(), 'Ok.\n');
}

async function started(t: TestContext, options: ProcessOptions): Promise<RunningChild> {
  const child = await startProcess(options, never);
  t.after(() => child.stop(AbortSignal.abort()));
  return child;
}

test('a child is ready when it answers, and an asked end is an orderly one whatever its exit code', async (t) => {
  const options = await scripted(t, 'answer');
  const child = await started(t, options);
  await ping(options.port, never);
  await child.stop(never);
  assert.deepEqual(await child.exited, { reason: 'normal' });
  assert.equal(processAlive(child.pid ?? 0), false);
  assert.equal(existsSync(options.recordPath), false);
  assert.match(readFileSync(options.log.path, 'utf8'), /serving .* as answer/);
});

test('a child that fails before it answers is reported with its exit code and last lines', async (t) => {
  const options = await scripted(t, 'early');
  await assert.rejects(startProcess(options, never), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'CHILD_FAILED');
    assert.match(error.message, /exit code 7[\s\S]*cannot open the flux file/);
    return true;
  });
});

test('a child that fails after it was ready ends as failed', async (t) => {
  const child = await started(t, await scripted(t, 'late'));
  const exit = await child.exited;
  assert(exit.reason === 'failed');
  assert.match(String(exit.error), /exit code 9/);
});

test('a child that never answers is ended when its time is up', async (t) => {
  const base = await scripted(t, 'silent');
  const options = { ...base, ready: { ...base.ready, timeoutMs: 300 } };
  await assert.rejects(startProcess(options, never), /starting scripted: .*within 300 ms/);
  assert.equal(existsSync(options.recordPath), false);
});

test('a start that is aborted leaves no process behind', async (t) => {
  const options = await scripted(t, 'silent');
  const scope = new AbortController();
  const start = startProcess(options, scope.signal);
  await until('it runs', () => existsSync(options.recordPath));
  const { pid } = JSON.parse(readFileSync(options.recordPath, 'utf8'));
  scope.abort(new Error('changed my mind'));
  await assert.rejects(start, /changed my mind/);
  assert.equal(processAlive(pid), false);
});

test('a child that ignores SIGTERM is killed when the stop may take no longer', async (t) => {
  const options = await scripted(t, 'deaf');
  const child = await started(t, options);
  const limit = new AbortController();
  const stopped = child.stop(limit.signal);
  await until('it refuses', () => options.log.lastLines().includes('no'));
  limit.abort();
  await stopped;
  assert.equal(processAlive(child.pid ?? 0), false);
});

test('the end of a child takes the rest of its process group with it', async (t) => {
  const options = await scripted(t, 'grandchild');
  const child = await started(t, options);
  const line = options.log.lastLines().find((text) => text.startsWith('grandchild '));
  const grandchild = Number(line?.split(' ')[1]);
  assert.equal(processAlive(grandchild), true);
  await child.stop(never);
  await until('the grandchild has ended', () => !processAlive(grandchild));
});

test('a port that somebody listens on is named before anything is started', async (t) => {
  const options = await scripted(t, 'answer');
  const other = createServer((_request, response) => response.end('Ok.\n'));
  await new Promise((resolve) => other.listen(options.port, '127.0.0.1', () => resolve(null)));
  t.after(() => other.close());
  await assert.rejects(startProcess(options, never), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'PORT_TAKEN');
    assert.match(error.message, new RegExp(`127.0.0.1:${options.port} for the script.*choose`));
    return true;
  });
  assert.equal(existsSync(options.log.path), false);
});

test('a program that does not exist is named with the remedy', async (t) => {
  const options = await scripted(t, 'answer', { command: '/nowhere/clickhouse' });
  await assert.rejects(startProcess(options, never), {
    code: 'BINARY_MISSING',
    message: /\/nowhere\/clickhouse.*doctor --fix/,
  });
});

test('under a supervisor a killed child comes back, and one that goes mute is replaced', async (t) => {
  const options = await scripted(t, 'mute');
  const spec: WorkerSpec = {
    type: 'worker',
    id: 'mute',
    start: (signal) => startProcess(options, signal),
    probe: {
      check: (signal) => ping(options.port, signal),
      intervalMs: 20,
      timeoutMs: 100,
      silentMsMax: 200,
    },
    restart: 'permanent',
    shutdownMs: 2_000,
  };
  const root = new Supervisor(
    {
      type: 'supervisor',
      id: 'root',
      strategy: 'one_for_one',
      budget: { restartsMax: 5, windowMs: 60_000 },
      backoff: { firstMs: 1, maxMs: 1 },
      children: [spec],
    },
    { nowMs: () => performance.now(), random: () => 0, onEvent: () => undefined },
  );
  t.after(() => root.stop(AbortSignal.abort()));
  await root.start(never);
  const firstPid = root.snapshot()[0]?.pid ?? 0;
  await until('it was replaced', () => (root.snapshot()[0]?.pid ?? firstPid) !== firstPid);
  assert.match(root.snapshot()[0]?.lastError ?? '', /no answer/);
  const secondPid = root.snapshot()[0]?.pid ?? 0;
  process.kill(secondPid, 'SIGKILL');
  await until('it came back', () => ![secondPid, 0].includes(root.snapshot()[0]?.pid ?? 0));
  await root.stop(never);
});
