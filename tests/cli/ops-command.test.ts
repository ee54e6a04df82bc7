import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type JetStreamManager, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { addOpsCommand } from '../../src/cli/ops-command.ts';
import { publishDeadLetter } from '../../src/sinks/nats/dead-letter.ts';
import { type CliRun, runCommand } from '../support/cli-run.ts';
import { natsMissing, openNats } from '../support/nats-server.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: what a person or a program sees of `ops jetstream`, with exit codes that tell drift from order. */

const never = new AbortController().signal;
const skip = natsMissing;

interface Ops {
  readonly ops: (...words: string[]) => Promise<CliRun>;
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
}

async function openOps(t: TestContext): Promise<Ops> {
  const { service, connection, manager } = await openNats(t);
  const ops = (...words: string[]): Promise<CliRun> =>
    runCommand(addOpsCommand, ['ops', 'jetstream', ...words, '--server', service.url]);
  return { ops, connection, manager };
}

test('init, verify and report: drift ends with 2 and names the field, order with 0', {
  skip,
}, async (t) => {
  const { ops, connection, manager } = await openOps(t);
  const before = await ops('verify');
  assert.equal(before.exitCode, 2);
  assert.match(before.out.join('\n'), /dex-swaps +│ +│ present/);
  assert.match((await ops('report')).out.join('\n'), /no streams/);
  const init = await ops('init');
  assert.match(init.out.join('\n'), /dex-swaps +│ clickhouse-sink +│ created/);
  const verify = await ops('verify');
  assert.deepEqual(
    [verify.exitCode, verify.out],
    [0, ['all 7 streams and their consumers are as defined']],
  );
  const { config } = await manager.streams.info('dex-swaps');
  await manager.streams.update('dex-swaps', { ...config, max_age: 7200e9 });
  const drift = await ops('verify', '--json');
  assert.equal(drift.exitCode, 2);
  assert.deepEqual(JSON.parse(drift.out[0] ?? ''), [
    {
      ...{ stream: 'dex-swaps', consumer: null, field: 'max_age' },
      ...{ expected: '604800000000000', received: '7200000000000' },
    },
  ]);
  const again = await ops('init', '--json');
  const changed = (
    JSON.parse(again.out[0] ?? '') as { action: string; changes: string[] }[]
  ).filter(({ action }) => action !== 'unchanged');
  assert.deepEqual(
    changed.map(({ changes }) => changes),
    [['max_age: 7200000000000 → 604800000000000']],
  );
  await jetstream(connection).publish('dex.sol.swaps', 'one');
  const report = await ops('report', '--json');
  const streams = JSON.parse(report.out[0] ?? '') as { name: string; consumers: object[] }[];
  const swaps = streams.find(({ name }) => name === 'dex-swaps');
  assert.deepEqual(swaps?.consumers, [
    { name: 'clickhouse-sink', waiting: 1, unacknowledged: 0, redelivered: 0, readers: 0 },
  ]);
  assert.match((await ops('report')).out.join('\n'), /clickhouse-sink +│ dex-swaps +│ 1 +│ 1 +│ 0/);
});

test('info is JSON of the server; purge and delete do nothing without a yes', {
  skip,
}, async (t) => {
  const { ops, connection, manager } = await openOps(t);
  await ops('init');
  await jetstream(connection).publish('dex.sol.swaps', 'one');
  const info = await ops('info', 'dex-swaps');
  const told = JSON.parse(info.out.join('\n')) as {
    state: { messages: number };
    consumers: object[];
  };
  assert.deepEqual([told.state.messages, told.consumers.length], [1, 1]);
  await assert.rejects(ops('info', 'gone'), { code: 'USAGE', message: /stream gone/ });
  const noYes = { code: 'USAGE', message: /1 messages .*for good.*--yes/ };
  await assert.rejects(ops('purge', 'dex-swaps'), noYes);
  await assert.rejects(ops('delete', 'dex-swaps'), noYes);
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, 1);
  const purge = await ops('purge', 'dex-swaps', '--yes');
  assert.deepEqual(purge.out, ['dropped 1 messages of stream dex-swaps']);
  await ops('delete', 'dex-swaps', '--yes');
  await assert.rejects(manager.streams.info('dex-swaps'), { code: 10059 });
  await assert.rejects(ops('delete', 'dex-swaps', '--yes'), { code: 'USAGE' });
});

test('backup and restore by command bring a deleted stream back', { skip }, async (t) => {
  const { ops, connection, manager } = await openOps(t);
  await ops('init');
  for (const id of ['a', 'b'])
    await jetstream(connection).publish('dex.sol.swaps', id, { msgID: id });
  const folder = join(tempFolder(t), 'backup');
  const backup = await ops('backup', 'dex-swaps', folder);
  assert.match(
    backup.out[0] ?? '',
    /^backed up 2 messages of stream dex-swaps .* SHA-256 [0-9a-f]{64}$/,
  );
  await assert.rejects(ops('restore', folder), { code: 'USAGE' });
  await ops('delete', 'dex-swaps', '--yes');
  const restore = await ops('restore', folder);
  assert.deepEqual(restore.out, [
    'restored 2 messages of stream dex-swaps; consumers: clickhouse-sink',
  ]);
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, 2);
  assert.equal((await ops('verify')).exitCode, 0);
});

test('publish-test finds the duplicate and leaves no trace among the swaps', {
  skip,
}, async (t) => {
  const { ops, manager } = await openOps(t);
  await assert.rejects(ops('publish-test'), { code: 'SINK_REFUSED', message: /init/ });
  await ops('init');
  const run = await ops('publish-test', '--json');
  const { duplicates, stored, swapsStream } = JSON.parse(run.out[0] ?? '');
  assert.deepEqual(
    [run.exitCode, duplicates, stored, swapsStream],
    [0, [false, true], 1, 'dex-swaps'],
  );
  assert.match((await ops('publish-test')).out.join('\n'), /publish 2 +│ a duplicate/);
  for (const name of ['dex-swaps', 'dex-swaps-api']) {
    assert.equal((await manager.streams.info(name)).state.last_seq, 0);
  }
  assert.equal((await ops('verify')).exitCode, 0);
  await assert.rejects(manager.streams.info('dex-publish-test'), { code: 10059 });
});

test('dead letters are listed and retried by number or all together', { skip }, async (t) => {
  const { ops, connection, manager } = await openOps(t);
  await ops('init');
  assert.deepEqual((await ops('dead-letter', 'list')).out, ['no dead letters']);
  for (const sequence of [5, 6, 7]) {
    const letter = {
      ...{ stream: 'dex-swaps', subject: 'dex.sol.swaps', sequence, deliveries: 10 },
      ...{ msgId: `501:${sequence}:s:0`, reason: 'expected JSON', headers: undefined },
    };
    await publishDeadLetter(connection, { ...letter, payload: Buffer.from('x') }, never);
  }
  assert.match(
    (await ops('dead-letter', 'list')).out.join('\n'),
    /2 .*dex-swaps .*501:6:s:0.*expected JSON/,
  );
  const lines = (await ops('dead-letter', 'list', '--json')).out;
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence),
    [1, 2, 3],
  );
  const one = await ops('dead-letter', 'retry', '2');
  assert.deepEqual(one.out, ['published 1 dead letters again']);
  assert.deepEqual((await ops('dead-letter', 'retry', '--all')).out, [
    'published 2 dead letters again',
  ]);
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, 3);
  for (const words of [[], ['2', '--all'], ['x'], ['0'], ['2']]) {
    await assert.rejects(ops('dead-letter', 'retry', ...words), { code: 'USAGE' });
  }
});
