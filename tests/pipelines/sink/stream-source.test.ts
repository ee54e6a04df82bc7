import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { MessageQueue } from '../../../src/pipelines/sink/message-queue.ts';
import { StreamSource } from '../../../src/pipelines/sink/stream-source.ts';
import { applyStreams } from '../../../src/sinks/nats/apply-streams.ts';
import { connectNats } from '../../../src/sinks/nats/connect-nats.ts';
import {
  DEFINITIONS_FOLDER,
  loadStreamDefinitions,
} from '../../../src/sinks/nats/stream-definitions.ts';
import { blockSwaps } from '../../support/block-swaps.ts';
import { heldLink } from '../../support/held-link.ts';
import { linkTo, natsMissing, openNats } from '../../support/nats-server.ts';
import { publishSwaps } from '../../support/publish-swaps.ts';
import { until } from '../../support/until.ts';

/** Goal: whatever the server handed out to a sink that stops is taken by the next one without waiting for `ack_wait`. */

const never = new AbortController().signal;
const SWAPS = blockSwaps();

/** The work queue with the waits of everywhere: until the deadline of a test nothing comes again by itself. */
async function openQueue(t: TestContext) {
  const nats = await openNats(t);
  const definitions = loadStreamDefinitions(DEFINITIONS_FOLDER);
  await applyStreams(nats.connection, { definitions, force: false }, never);
  await publishSwaps(nats.connection, SWAPS);
  const info = () => nats.manager.consumers.info('dex-swaps', 'clickhouse-sink');
  return { ...nats, info };
}

/** What a sink does with a connection, but for the ClickHouse part. */
async function openSink(t: TestContext, connection: NatsConnection) {
  const source = new StreamSource(connection);
  const { ackWaitMs } = await source.bounds();
  const queue = new MessageQueue(ackWaitMs);
  t.after(() => queue.close());
  const taken: JsMsg[] = [];
  const take = (message: JsMsg): void => {
    queue.push(message);
    taken.push(message);
  };
  await source.consume({ take, requested: () => queue.putBackDue() });
  const stop = async (): Promise<void> => {
    await source.stop();
    queue.close();
    await connection.flush();
  };
  return { queue, taken, stop };
}

async function assertNextTakesAll(t: TestContext, connection: NatsConnection): Promise<void> {
  const { taken, stop } = await openSink(t, connection);
  await until('the next sink has all of them', () => taken.length === SWAPS.length);
  assert.deepEqual(new Set(taken.map(({ info }) => info.deliveryCount)), new Set([2]));
  await stop();
}

test('what is on its way to a sink that stops is put back', { skip: natsMissing }, async (t) => {
  const { connection, service, info } = await openQueue(t);
  const link = await heldLink(t, Number(new URL(service.url).port));
  const slow = await connectNats(linkTo(`nats://127.0.0.1:${link.port}`), never);
  t.after(() => slow.close());
  const held = link.heldFrom('CONSUMER.MSG.NEXT');
  const { taken, stop } = await openSink(t, slow);
  await held;
  await until(
    'the server has handed out all of them',
    async () => (await info()).num_ack_pending === SWAPS.length,
  );
  assert.deepEqual(taken, []);
  const stopped = stop();
  link.release();
  await stopped;
  assert.equal(taken.length, SWAPS.length);
  await assertNextTakesAll(t, connection);
});

test('what waits to be put back is put back when the sink stops', {
  skip: natsMissing,
}, async (t) => {
  const { connection } = await openQueue(t);
  const { queue, taken, stop } = await openSink(t, connection);
  await until('it has all of them', () => taken.length === SWAPS.length);
  for (const message of taken) queue.putBack(message, 3_600_000);
  await stop();
  assert.equal(taken.length, SWAPS.length);
  await assertNextTakesAll(t, connection);
});

test('what was put back comes again when its pause is over', { skip: natsMissing }, async (t) => {
  const { connection } = await openQueue(t);
  const { queue, taken, stop } = await openSink(t, connection);
  await until('it has all of them', () => taken.length === SWAPS.length);
  const [one, ...others] = taken.splice(0);
  assert(one !== undefined);
  queue.putBack(one, 200);
  for (const other of others) queue.putBack(other, 3_600_000);
  await until('it comes again', () => taken.length > 0);
  const told = taken.map(({ seq, info }) => [seq, info.deliveryCount]);
  assert.deepEqual(told, [[one.seq, 2]]);
  await stop();
});
