import assert from 'node:assert/strict';
import test from 'node:test';
import { DiscardPolicy, jetstream } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { SwapPublisher } from '../../../src/sinks/nats/publisher.ts';
import { natsMissing, openNats } from '../../support/nats-server.ts';
import { until } from '../../support/until.ts';

/** Goal: what a stream acknowledged is stored once, whatever happened to server and stream in between. */

const never = new AbortController().signal;
const skip = natsMissing;
const payload = Buffer.from('{}');

type Options = ConstructorParameters<typeof SwapPublisher>[0];

function publisherOn(
  connection: Options['connection'],
  given: Partial<Options> = {},
): SwapPublisher {
  const backoff = { firstMs: 10, maxMs: 100 };
  const onRetry = (): void => undefined;
  return new SwapPublisher({
    connection,
    windowMax: 16,
    backoff,
    random: () => 0,
    onRetry,
    ...given,
  });
}

test('only Nats-Msg-Id makes a repeat harmless; Msg-Id goes along and does nothing', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await manager.streams.add({ name: 's', subjects: ['s'] });
  const publisher = publisherOn(connection);
  await publisher.publish('s', '501:1:sig:0', payload, never);
  await publisher.publish('s', '501:1:sig:0', payload, never);
  await publisher.drain(never);
  assert.deepEqual([publisher.acknowledged, publisher.duplicates], [2, 1]);
  const stored = await manager.streams.getMessage('s', { seq: 1 });
  assert.equal(stored?.header.get('Nats-Msg-Id'), '501:1:sig:0');
  assert.equal(stored?.header.get('Msg-Id'), '501:1:sig:0');
  const alone = headers();
  alone.set('Msg-Id', '501:2:sig:0');
  for (let n = 0; n < 2; n++) await jetstream(connection).publish('s', payload, { headers: alone });
  assert.equal((await manager.streams.info('s')).state.messages, 3);
});

test('the window is never exceeded, and waits for room are counted and timed', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await manager.streams.add({ name: 's', subjects: ['s'] });
  const publisher = publisherOn(connection, { windowMax: 4 });
  let most = 0;
  const send = async (name: string): Promise<void> => {
    for (let n = 0; n < 100; n++) {
      await publisher.publish('s', `${name}${n}`, payload, never);
      most = Math.max(most, publisher.inFlight);
    }
  };
  await Promise.all([send('a'), send('b'), send('c')]);
  await publisher.drain(never);
  assert.equal(most, 4);
  assert.equal(publisher.inFlight, 0);
  assert(publisher.pauses > 0);
  assert(publisher.pausedMs > 0);
  assert.equal((await manager.streams.info('s')).state.messages, 300);
});

test('a server killed and started again in between loses nothing and stores nothing twice', {
  skip,
}, async (t) => {
  const { connection, manager, restart } = await openNats(t);
  await manager.streams.add({ name: 's', subjects: ['s'], duplicate_window: 3600e9 });
  const publisher = publisherOn(connection, { windowMax: 64 });
  let begun = 0;
  const sending = (async () => {
    for (; begun < 3000; begun++) await publisher.publish('s', `id${begun}`, payload, never);
    await publisher.drain(never);
  })();
  await until('a thousand are under way', () => begun > 1000);
  await restart();
  await sending;
  assert.equal(publisher.acknowledged, 3000);
  assert.equal((await manager.streams.info('s')).state.messages, 3000);
});

test('a full stream holds the window until there is room', { skip }, async (t) => {
  const { connection, manager } = await openNats(t);
  const full = { name: 's', subjects: ['s'], max_msgs: 10, discard: DiscardPolicy.New };
  await manager.streams.add(full);
  const publisher = publisherOn(connection, { windowMax: 4 });
  const sending = (async () => {
    for (let n = 0; n < 20; n++) await publisher.publish('s', `id${n}`, payload, never);
    await publisher.drain(never);
  })();
  await until('the stream has refused some', () => publisher.retries > 8);
  assert.equal(publisher.acknowledged, 10);
  assert.equal(publisher.inFlight, 4);
  await manager.streams.update('s', { ...full, max_msgs: 20 });
  await sending;
  assert.equal((await manager.streams.info('s')).state.messages, 20);
});

test('waiting for room ends with the signal', { skip }, async (t) => {
  const { connection, manager } = await openNats(t);
  await manager.streams.add({ name: 's', subjects: ['s'], max_msgs: 1, discard: 'new' });
  const publisher = publisherOn(connection, { windowMax: 2 });
  const scope = new AbortController();
  for (const id of ['a', 'b', 'c']) await publisher.publish('s', id, payload, scope.signal);
  const waiting = publisher.publish('s', 'd', payload, scope.signal);
  scope.abort(new Error('enough'));
  await assert.rejects(async () => waiting, /enough/);
  await assert.rejects(publisher.drain(scope.signal), /enough/);
  await until('what was under way is given up', () => publisher.inFlight === 0);
  // Not that all was acknowledged: it was not.
  await assert.rejects(publisher.drain(scope.signal), /enough/);
});

test('what no repeating helps is told at the next call, with its kind', { skip }, async (t) => {
  const { connection, manager } = await openNats(t);
  const absent = publisherOn(connection);
  await absent.publish('nobody', 'id', payload, never);
  await until('the fault is known', () => absent.inFlight === 0);
  const gone = {
    code: 'SINK_REFUSED',
    message: /id to nobody: expected a stream.*ops jetstream init/,
  };
  await assert.rejects(async () => absent.publish('nobody', 'id2', payload, never), gone);
  await assert.rejects(absent.drain(never), gone);

  await manager.streams.add({ name: 's', subjects: ['s'], max_msg_size: 100 });
  const long = publisherOn(connection);
  await long.publish('s', 'id', new Uint8Array(200), never);
  await assert.rejects(long.drain(never), { code: 'RECORD_TOO_LARGE', retryable: false });
  const longer = publisherOn(connection);
  await longer.publish('s', 'id', new Uint8Array(2 ** 21), never);
  await assert.rejects(longer.drain(never), {
    code: 'RECORD_TOO_LARGE',
    message: /received 2097152/,
  });
});
