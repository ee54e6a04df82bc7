import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { JobEvent } from '../../src/model/job.ts';
import type { Millrace } from '../../supervisor/start-millrace.ts';
import { SAMPLES } from '../support/cli-process.ts';
import { freePort } from '../support/free-port.ts';
import { childOf, killService } from '../support/kill-service.ts';
import { assertUploads, sampleUploads } from '../support/sample-expectations.ts';
import { clickhouseMissing, natsServerForTests } from '../support/services.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { sessionsSpecOf, startTestTree } from '../support/tree-in-process.ts';
import { until } from '../support/until.ts';

/** Goal: a service that is killed in the middle of a job comes back, and the job does not lose a row by it. */

const SPEC = sessionsSpecOf(SAMPLES, { range: { start: 254_170_887, end: 254_170_951 } });

async function assertRestarted(millrace: Millrace, id: string, killed: number): Promise<void> {
  await until(`${id} runs again`, () => childOf(millrace, id).state === 'running');
  const { restarts, pid } = childOf(millrace, id);
  assert(restarts >= 1);
  assert.notEqual(pid, killed);
}

async function query(url: string, sql: string): Promise<string> {
  const reply = await fetch(url, { method: 'POST', body: sql, headers: { connection: 'close' } });
  return (await reply.text()).trim();
}

test('ClickHouse killed in the middle of a job loses no row', {
  skip: clickhouseMissing,
}, async (t) => {
  const port = String(await freePort());
  const env = { JETSTREAMER_CLICKHOUSE_MODE: 'embedded', MILLRACE_CLICKHOUSE_PORT: port };
  await using tree = await startTestTree(tempFolder(t), { ...env, MILLRACE_SHARD_SLOTS: '5' });
  let killed = 0;
  const onEvent = (event: JobEvent): void => {
    if (event.type !== 'progress' || event.shardsDone < 3 || killed !== 0) return;
    killed = killService(tree.millrace, 'clickhouse');
  };
  const report = await tree.run(SPEC, { onEvent });
  assert.equal(report.state, 'complete');
  assertUploads(report.sessions, sampleUploads(588));
  assert.notEqual(killed, 0, 'the job was over before the engine was killed');
  await assertRestarted(tree.millrace, 'clickhouse', killed);
  const url = `http://127.0.0.1:${port}/?database=millrace`;
  const rows = 'count(), uniqExact(slot), sum(transaction_count), sum(vote_transaction_count)';
  const slots = await query(url, `SELECT ${rows} FROM jetstreamer_slot_status FINAL`);
  assert.equal(slots, '50\t50\t671\t158');
  const plugin = 'SELECT count() FROM jetstreamer_plugin_slots FINAL';
  assert.equal(await query(url, plugin), '50');
  const sessions = 'SELECT count(), sum(delivered) FROM millrace_sessions FINAL';
  assert.equal(await query(url, sessions), '7\t7');
});

test('NATS killed in the middle of a job comes back', async (t: TestContext) => {
  const natsBin = await natsServerForTests();
  if (natsBin === null) return t.skip('no nats-server on this machine, and none to be had');
  const [port, monitor] = [String(await freePort()), String(await freePort())];
  await using tree = await startTestTree(tempFolder(t), {
    ...{ MILLRACE_NATS_MODE: 'auto', MILLRACE_NATS_BIN: natsBin },
    ...{ MILLRACE_NATS_PORT: port, MILLRACE_NATS_MONITOR_PORT: monitor },
    MILLRACE_SHARD_SLOTS: '5',
  });
  let killed = 0;
  const onEvent = (event: JobEvent): void => {
    if (event.type === 'progress' && killed === 0) killed = killService(tree.millrace, 'nats');
  };
  const report = await tree.run(SPEC, { onEvent });
  assertUploads(report.sessions, sampleUploads(588));
  await assertRestarted(tree.millrace, 'nats', killed);
  const health = await fetch(`http://127.0.0.1:${monitor}/healthz`);
  assert.deepEqual(await health.json(), { status: 'ok' });
});
