import assert from 'node:assert/strict';
import test from 'node:test';
import { jetstream } from '@nats-io/jetstream';
import { applyStreams } from '../../../src/sinks/nats/apply-streams.ts';
import {
  DEFINITIONS_FOLDER,
  loadStreamDefinitions,
} from '../../../src/sinks/nats/stream-definitions.ts';
import { natsMissing, openNats } from '../../support/nats-server.ts';
import { until } from '../../support/until.ts';

/** Goal: api-query reads every swap beside the sink, whoever is first; and why its stream is republished to, not sourced. */

const never = new AbortController().signal;
const skip = natsMissing;
const definitions = loadStreamDefinitions(DEFINITIONS_FOLDER);

test('what the sink has taken at once still reaches api-query, once, also over a restart', {
  skip,
}, async (t) => {
  const { connection, manager, restart } = await openNats(t);
  await applyStreams(connection, { definitions, force: false }, never);
  const client = jetstream(connection);
  const sink = await client.consumers.get('dex-swaps', 'clickhouse-sink');
  const publishAndTake = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n++) {
      await client.publish('dex.sol.swaps', `swap ${n}`, { msgID: `id${n}` });
      await client.publish('dex.sol.swaps', `swap ${n}`, { msgID: `id${n}` });
      await (await sink.next())?.ackAck();
    }
  };
  await publishAndTake(0, 50);
  await restart();
  await publishAndTake(50, 100);
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, 0);
  const copied = async (): Promise<number> =>
    (await manager.streams.info('dex-swaps-api')).state.messages;
  await until('all are copied', async () => (await copied()) >= 100);
  assert.equal(await copied(), 100);
  const query = await client.consumers.get('dex-swaps-api', 'api-query');
  const texts: string[] = [];
  for await (const message of await query.fetch({ max_messages: 100, expires: 5000 })) {
    texts.push(message.string());
    message.ack();
  }
  assert.deepEqual(
    texts,
    Array.from({ length: 100 }, (_, n) => `swap ${n}`),
  );
});

test('a copy by source takes the one place that a work queue has for a consumer', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await manager.streams.add({ name: 'queue', subjects: ['q'], retention: 'workqueue' });
  await manager.streams.add({ name: 'copy', sources: [{ name: 'queue' }] });
  const sink = { durable_name: 'sink', ack_policy: 'explicit', filter_subject: 'q' } as const;
  const refused = async (): Promise<boolean> =>
    manager.consumers.add('queue', sink).then(
      () => manager.consumers.delete('queue', 'sink').then(() => false),
      (error: { code?: number }) => error.code === 10100,
    );
  await until('the sink is refused as soon as the source has begun', refused);
  await jetstream(connection).publish('q', 'one');
  const copied = async (): Promise<number> => (await manager.streams.info('copy')).state.messages;
  await until('the copy is made', async () => (await copied()) === 1);
});

test('a copy by source never sees what was acknowledged before it looked; republish does', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  const client = jetstream(connection);
  const republish = { src: 'q', dest: 'copied' };
  await manager.streams.add({ name: 'by-republish', subjects: ['copied'] });
  await manager.streams.add({ name: 'queue', subjects: ['q'], retention: 'workqueue', republish });
  const durable = { durable_name: 'sink', ack_policy: 'explicit', filter_subject: 'q' } as const;
  await manager.consumers.add('queue', durable);
  const sink = await client.consumers.get('queue', 'sink');
  await client.publish('q', 'taken before the source is there');
  await (await sink.next())?.ackAck();
  await manager.streams.add({ name: 'by-source', sources: [{ name: 'queue' }] });
  await client.publish('q', 'left');
  const held = async (name: string): Promise<number> =>
    (await manager.streams.info(name)).state.messages;
  await until('the source has caught up', async () => (await held('by-source')) === 1);
  assert.equal(await held('by-source'), 1);
  assert.equal(await held('by-republish'), 2);
});
