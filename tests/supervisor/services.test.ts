import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Supervisor } from '../../supervisor/supervisor.ts';
import { processAlive } from '../support/process-alive.ts';
import {
  clickhouseMissing,
  embeddedClickhouse,
  localNats,
  natsServerForTests,
} from '../support/services.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const natsPath = (await natsServerForTests()) ?? '';
const skip = clickhouseMissing || (natsPath === '' && 'no nats-server');

test('real services under one supervisor: either is killed, both come back, and all stops in order', {
  skip,
}, async (t) => {
  const clickhouse = await embeddedClickhouse(t);
  const nats = await localNats(t, natsPath);
  const root = new Supervisor(
    {
      type: 'supervisor',
      id: 'root',
      strategy: 'one_for_one',
      budget: { restartsMax: 5, windowMs: 60_000 },
      backoff: { firstMs: 1, maxMs: 10 },
      children: [clickhouse.spec, nats.spec],
    },
    { nowMs: () => performance.now(), random: Math.random, onEvent: () => undefined },
  );
  t.after(() => root.stop(AbortSignal.abort()));
  await root.start(never);
  const pids = (): number[] => root.snapshot().map((child) => child.pid ?? 0);
  const first = pids();
  for (const pid of first) process.kill(pid, 'SIGKILL');
  await until('both run again', () =>
    root
      .snapshot()
      .every((child, place) => child.state === 'running' && child.pid !== first[place]),
  );
  assert.deepEqual(
    root.snapshot().map((child) => [child.id, child.restarts]),
    [
      ['clickhouse', 1],
      ['nats', 1],
    ],
  );
  const second = pids();
  await root.stop(never);
  for (const pid of [...first, ...second]) assert.equal(processAlive(pid), false);
  const log = readFileSync(join(nats.folder.logs, 'nats.log'), 'utf8');
  assert.match(log, /JetStream/);
});
