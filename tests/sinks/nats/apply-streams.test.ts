import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { jetstream } from '@nats-io/jetstream';
import { applyStreams } from '../../../src/sinks/nats/apply-streams.ts';
import { backupStream } from '../../../src/sinks/nats/backup-stream.ts';
import { restoreStream } from '../../../src/sinks/nats/restore-stream.ts';
import {
  DEFINITIONS_FOLDER,
  loadStreamDefinitions,
  type StreamDefinition,
  type StreamSettings,
} from '../../../src/sinks/nats/stream-definitions.ts';
import { verifyStreams } from '../../../src/sinks/nats/verify-streams.ts';
import { natsMissing, openNats } from '../../support/nats-server.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

/** Goal: the server ends up as the files say, however often and from wherever, and nothing stored is lost on the way. */

const never = new AbortController().signal;
const skip = natsMissing;
const definitions = loadStreamDefinitions(DEFINITIONS_FOLDER);
const HOUR_NANOS = 3600e9;

/** The definitions with some settings of one stream replaced. */
function withSettings(name: string, settings: Partial<StreamSettings>): StreamDefinition[] {
  return definitions.map((definition) =>
    definition.stream.name === name
      ? { ...definition, stream: { ...definition.stream, ...settings } }
      : definition,
  );
}

function withConsumer(name: string, settings: object): StreamDefinition[] {
  return definitions.map((definition) => ({
    ...definition,
    consumers: definition.consumers.map((one) =>
      one.name === name ? { ...one, ...settings } : one,
    ),
  }));
}

test('init twice: everything is created, then nothing is changed, and verify finds no drift', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  const options = { definitions, force: false };
  const first = await applyStreams(connection, options, never);
  assert(first.every(({ action }) => action === 'created'));
  assert.deepEqual(first.map(({ stream, consumer }) => consumer ?? stream).toSorted(), [
    ...['api-query', 'clickhouse-sink', 'dead-letter-sweep', 'dex-advisories', 'dex-candles-1h'],
    ...['dex-candles-1m', 'dex-candles-5m', 'dex-dead-letters', 'dex-swaps', 'dex-swaps-api'],
  ]);
  const second = await applyStreams(connection, options, never);
  assert(second.every(({ action }) => action === 'unchanged'));
  assert.deepEqual(await verifyStreams(connection, definitions, never), []);
  const { config } = await manager.streams.info('dex-swaps');
  assert.equal(config.retention, 'workqueue');
  assert.equal(config.storage, 'file');
  assert.equal(config.duplicate_window, HOUR_NANOS);
  assert.equal(config.max_age, 168 * HOUR_NANOS);
  assert.equal(config.max_msg_size, 2 ** 20);
  const hours = { '1m': 720, '5m': 2160, '1h': 8760 };
  for (const [width, age] of Object.entries(hours)) {
    const candles = await manager.streams.info(`dex-candles-${width}`);
    assert.deepEqual(candles.config.subjects, [`dex.sol.candles.${width}`]);
    assert.equal(candles.config.max_age, age * HOUR_NANOS);
  }
});

test('drift is listed by stream, consumer and field, and init mends it without touching messages', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await applyStreams(connection, { definitions, force: false }, never);
  await jetstream(connection).publish('dex.sol.swaps', 'one');
  const { config } = await manager.streams.info('dex-swaps');
  await manager.streams.update('dex-swaps', { ...config, discard: 'old', max_msgs: 9 });
  await manager.consumers.update('dex-swaps', 'clickhouse-sink', { max_deliver: 3 });
  await manager.consumers.delete('dex-swaps-api', 'api-query');
  await manager.streams.delete('dex-candles-5m');
  const letters = (await manager.streams.info('dex-dead-letters')).config;
  const sources = [{ name: 'dex-candles-1m' }];
  await manager.streams.update('dex-dead-letters', { ...letters, sources });
  const drift = await verifyStreams(connection, definitions, never);
  assert.deepEqual(
    drift
      .map(({ stream, consumer, field, expected, received }) =>
        [stream, consumer, field, expected, received].join(' '),
      )
      .toSorted(),
    [
      'dex-candles-5m  present true false',
      'dex-dead-letters  sources none [{"name":"dex-candles-1m"}]',
      'dex-swaps  discard "new" "old"',
      'dex-swaps  max_msgs -1 9',
      'dex-swaps clickhouse-sink max_deliver 10 3',
      'dex-swaps-api api-query present true false',
    ],
  );
  const changes = await applyStreams(connection, { definitions, force: false }, never);
  const mended = changes.find(
    ({ stream, consumer }) => stream === 'dex-swaps' && consumer === null,
  );
  assert.deepEqual(mended?.changes, ['max_msgs: 9 → -1', 'discard: "old" → "new"']);
  assert.deepEqual(await verifyStreams(connection, definitions, never), []);
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, 1);
});

test('what would drop stored messages is refused before anything is changed, and done when forced', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await applyStreams(connection, { definitions, force: false }, never);
  for (const text of ['one', 'two', 'three'])
    await jetstream(connection).publish('dex.sol.swaps', text);
  await manager.streams.delete('dex-candles-1m');
  const smaller = withSettings('dex-swaps', { max_msgs: 2, discard: 'old' });
  await assert.rejects(applyStreams(connection, { definitions: smaller, force: false }, never), {
    code: 'SINK_REFUSED',
    message:
      /dex-swaps: expected max_msgs 2, received -1, and that would drop stored messages.*--force/,
  });
  await assert.rejects(manager.streams.info('dex-candles-1m'), { code: 10059 });
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, 3);
  await applyStreams(connection, { definitions: smaller, force: true }, never);
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, 2);
});

test('retention and storage cannot be changed in place, forced or not', { skip }, async (t) => {
  const { connection, manager } = await openNats(t);
  await manager.streams.add({ name: 'dex-swaps', subjects: ['dex.sol.swaps'], storage: 'memory' });
  await assert.rejects(applyStreams(connection, { definitions, force: true }, never), {
    code: 'SINK_REFUSED',
    message:
      /retention "workqueue", received "limits"; expected storage "file".*back the stream up/,
  });
});

test('a consumer that has to be made anew is made anew only when forced', { skip }, async (t) => {
  const { connection, manager } = await openNats(t);
  await applyStreams(connection, { definitions, force: false }, never);
  await manager.consumers.delete('dex-swaps', 'clickhouse-sink');
  await manager.consumers.add('dex-swaps', {
    ...{ durable_name: 'clickhouse-sink', ack_policy: 'explicit', max_deliver: 10 },
    ...{ filter_subject: 'dex.sol.swaps', replay_policy: 'original' },
  });
  await assert.rejects(applyStreams(connection, { definitions, force: false }, never), {
    code: 'SINK_REFUSED',
    message: /consumer clickhouse-sink .*replay_policy: "original" → "instant".*--force/,
  });
  const changes = await applyStreams(connection, { definitions, force: true }, never);
  assert.equal(changes.find(({ consumer }) => consumer === 'clickhouse-sink')?.action, 'recreated');
  assert.deepEqual(await verifyStreams(connection, definitions, never), []);
  const slower = withConsumer('clickhouse-sink', { ack_wait: 60e9 });
  const updated = await applyStreams(connection, { definitions: slower, force: false }, never);
  assert.equal(updated.find(({ consumer }) => consumer === 'clickhouse-sink')?.action, 'updated');
});

test('a second consumer on the work queue is refused by the server, and the one in the way is named', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await applyStreams(connection, { definitions, force: false }, never);
  const apiQuery = { durable_name: 'api-query', ack_policy: 'explicit' } as const;
  const filtered = { ...apiQuery, filter_subject: 'dex.sol.swaps' };
  await assert.rejects(manager.consumers.add('dex-swaps', filtered), { code: 10100 });
  await assert.rejects(manager.consumers.add('dex-swaps', apiQuery), { code: 10099 });
  await manager.consumers.delete('dex-swaps', 'clickhouse-sink');
  await manager.consumers.add('dex-swaps', filtered);
  await assert.rejects(applyStreams(connection, { definitions, force: false }, never), {
    code: 'SINK_REFUSED',
    message: /error 10100: .*one consumer, and there is: api-query/,
  });
});

test('a push consumer of the name is not taken for ours', { skip }, async (t) => {
  const { connection, manager } = await openNats(t);
  await applyStreams(connection, { definitions, force: false }, never);
  await manager.consumers.delete('dex-swaps', 'clickhouse-sink');
  await manager.consumers.add('dex-swaps', {
    ...{ durable_name: 'clickhouse-sink', filter_subject: 'dex.sol.swaps', ack_policy: 'explicit' },
    ...{ ack_wait: 30e9, max_deliver: 3, deliver_subject: 'to.the.sink' },
  });
  await jetstream(connection).publish('dex.sol.swaps', 'one');
  await assert.rejects(applyStreams(connection, { definitions, force: false }, never), {
    code: 'SINK_REFUSED',
    message: /deliver_subject: "to.the.sink" → none.*--force/,
  });
  await applyStreams(connection, { definitions, force: true }, never);
  assert.deepEqual(await verifyStreams(connection, definitions, never), []);
  const consumer = await jetstream(connection).consumers.get('dex-swaps', 'clickhouse-sink');
  assert.equal((await consumer.next())?.string(), 'one');
});

test('what cannot be changed in place is brought over by backup, delete, init and restore', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await manager.streams.add({ name: 'dex-swaps', subjects: ['dex.sol.swaps'] });
  await manager.consumers.add('dex-swaps', { durable_name: 'mine', ack_policy: 'explicit' });
  const client = jetstream(connection);
  for (const id of ['a', 'b']) await client.publish('dex.sol.swaps', id, { msgID: id });
  await assert.rejects(applyStreams(connection, { definitions, force: false }, never), {
    code: 'SINK_REFUSED',
    message: /back the stream up, delete it, run init, restore it/,
  });
  const folder = join(tempFolder(t), 'backup');
  await backupStream(connection, { stream: 'dex-swaps', folder }, never);
  await manager.streams.delete('dex-swaps');
  await applyStreams(connection, { definitions, force: false }, never);
  await restoreStream(connection, { folder, overwrite: false }, never);
  assert.deepEqual(await verifyStreams(connection, definitions, never), []);
  const consumer = await client.consumers.get('dex-swaps', 'clickhouse-sink');
  assert.equal((await consumer.next())?.string(), 'a');
  assert.equal((await consumer.next())?.string(), 'b');
  const copied = async (): Promise<boolean> =>
    (await manager.streams.info('dex-swaps-api')).state.messages === 2;
  await until('what came back is copied for api-query', copied);
});

test('a stream that takes one of our subjects is spoken of', { skip }, async (t) => {
  const { connection, manager } = await openNats(t);
  await manager.streams.add({ name: 'greedy', subjects: ['dex.sol.>'] });
  await assert.rejects(applyStreams(connection, { definitions, force: false }, never), {
    code: 'SINK_REFUSED',
    message: /error 10065: .*another stream takes one of its subjects/,
  });
});
