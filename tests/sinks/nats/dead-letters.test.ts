import assert from 'node:assert/strict';
import test from 'node:test';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { applyStreams } from '../../../src/sinks/nats/apply-streams.ts';
import { connectNats } from '../../../src/sinks/nats/connect-nats.ts';
import { deadLetterOf, publishDeadLetter } from '../../../src/sinks/nats/dead-letter.ts';
import {
  type ListedLetter,
  listDeadLetters,
  retryDeadLetters,
} from '../../../src/sinks/nats/dead-letters.ts';
import { SwapPublisher } from '../../../src/sinks/nats/publisher.ts';
import {
  DEFINITIONS_FOLDER,
  loadStreamDefinitions,
} from '../../../src/sinks/nats/stream-definitions.ts';
import { sweepAdvisories } from '../../../src/sinks/nats/sweep-advisories.ts';
import { jetstreamSettings, startNats } from '../../support/nats-process.ts';
import { linkTo, natsMissing, openNats } from '../../support/nats-server.ts';
import { until } from '../../support/until.ts';

/** Goal: a message that cannot be used is never lost and never stuck, and can be tried again. */

const never = new AbortController().signal;
const skip = natsMissing;
const ID = '501:1:sig:0';

/** The definitions, with deliveries that are used up quickly. */
async function prepare(connection: NatsConnection): Promise<void> {
  const definitions = loadStreamDefinitions(DEFINITIONS_FOLDER).map((definition) => ({
    ...definition,
    consumers: definition.consumers.map((consumer) =>
      consumer.name === 'clickhouse-sink'
        ? { ...consumer, ack_wait: 200e6, max_deliver: 3 }
        : consumer,
    ),
  }));
  await applyStreams(connection, { definitions, force: false }, never);
}

async function publishSwap(connection: NatsConnection, payload: string): Promise<void> {
  const publisher = new SwapPublisher({
    ...{ connection, windowMax: 8, backoff: { firstMs: 1, maxMs: 1 } },
    ...{ random: () => 0, onRetry: () => undefined },
  });
  await publisher.publish('dex.sol.swaps', ID, Buffer.from(payload), never);
  await publisher.drain(never);
}

async function lettersOf(connection: NatsConnection): Promise<ListedLetter[]> {
  const letters: ListedLetter[] = [];
  for await (const letter of listDeadLetters(connection, never)) letters.push(letter);
  return letters;
}

/** What the server notes, as far as it is read. */
function advisoryOf(stream_seq: number) {
  const timestamp = new Date().toISOString();
  const consumer = 'clickhouse-sink';
  return { stream: 'dex-swaps', consumer, stream_seq, deliveries: 3, timestamp };
}

test('a dead letter keeps payload and place, and a retry gets past the duplicate window', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await prepare(connection);
  await publishSwap(connection, 'not JSON \u00ff');
  const consumer = await jetstream(connection).consumers.get('dex-swaps', 'clickhouse-sink');
  const message = await consumer.next();
  assert(message !== null);
  const letter = deadLetterOf(message, 'not JSON:\r\nline 1');
  await publishDeadLetter(connection, letter, never);
  await publishDeadLetter(connection, letter, never);
  await message.ackAck();
  const [listed, ...others] = await lettersOf(connection);
  assert.deepEqual(others, []);
  const { time, ...rest } = listed as ListedLetter;
  assert(Date.parse(time) > 0);
  assert.deepEqual(rest, {
    ...{
      sequence: 1,
      reason: 'not JSON: line 1',
      stream: 'dex-swaps',
    },
    ...{ subject: 'dex.sol.swaps', originalSequence: 1, deliveries: 1, msgId: ID, bytes: 11 },
  });
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, 0);

  assert.deepEqual(await retryDeadLetters(connection, [1], never), [1]);
  const again = await consumer.next();
  assert.equal(again?.string(), 'not JSON \u00ff');
  assert.equal(again?.headers?.get('Msg-Id'), ID);
  assert.equal(again?.headers?.get('Millrace-Reason'), '');
  assert.deepEqual(await lettersOf(connection), []);
});

test('a letter that is not there is refused, one that nobody takes stays, all are retried at once', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await prepare(connection);
  const letter = {
    ...{ stream: 'dex-swaps', subject: 'dex.sol.swaps', deliveries: 1, msgId: null, reason: 'r' },
    ...{ headers: undefined, payload: Buffer.from('x') },
  };
  for (const sequence of [7, 8, 9]) {
    await publishDeadLetter(connection, { ...letter, sequence }, never);
  }
  await assert.rejects(retryDeadLetters(connection, [9999], never), { code: 'USAGE' });
  await manager.streams.delete('dex-swaps');
  await assert.rejects(retryDeadLetters(connection, 'all', never), { code: 'SINK_UNREACHABLE' });
  assert.equal((await lettersOf(connection)).length, 3);
  await prepare(connection);
  assert.deepEqual(await retryDeadLetters(connection, 'all', never), [1, 2, 3]);
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, 3);
  assert.deepEqual(await retryDeadLetters(connection, 'all', never), []);
});

test('what was delivered for the last time without an answer is swept, also after a restart', {
  skip,
}, async (t) => {
  const { connection, manager, restart } = await openNats(t);
  await prepare(connection);
  await publishSwap(connection, 'poison');
  const consumer = await jetstream(connection).consumers.get('dex-swaps', 'clickhouse-sink');
  const takeAndForget = async (): Promise<number | undefined> =>
    (await consumer.next({ expires: 1000 }))?.info.deliveryCount;
  await until('it is delivered twice', async () => (await takeAndForget()) === 2);
  await restart();
  await until('it is delivered for the last time', async () => (await takeAndForget()) === 3);
  await until('the server has noted it', async () => {
    await takeAndForget();
    return (await manager.streams.info('dex-advisories')).state.messages === 1;
  });
  await restart();
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, 1);
  assert.deepEqual(await sweepAdvisories(connection, never), {
    moved: 1,
    gone: 0,
    tooLong: 0,
    left: 0,
  });
  assert.deepEqual(await sweepAdvisories(connection, never), {
    moved: 0,
    gone: 0,
    tooLong: 0,
    left: 0,
  });
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, 0);
  assert.equal((await manager.streams.info('dex-advisories')).state.messages, 0);
  const [letter] = await lettersOf(connection);
  assert.equal(letter?.msgId, ID);
  assert.equal(letter?.deliveries, 3);
  assert.equal(
    letter?.reason,
    'consumer clickhouse-sink was given it 3 times and never acknowledged it',
  );
});

test('a message too long for a reason stays where it is and does not hold up the others', {
  skip,
}, async (t) => {
  const url = await startNats(t, `max_payload: 2000\n${jetstreamSettings(t)}`);
  const connection = await connectNats(linkTo(url), never);
  t.after(() => connection.close());
  const manager = await jetstreamManager(connection);
  await prepare(connection);
  await jetstream(connection).publish('dex.sol.swaps', 'x'.repeat(1950));
  await jetstream(connection).publish('dex.sol.swaps', 'short');
  const subject = '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.dex-swaps.clickhouse-sink';
  for (const stream_seq of [1, 2]) {
    await jetstream(connection).publish(subject, JSON.stringify(advisoryOf(stream_seq)));
  }
  assert.deepEqual(await sweepAdvisories(connection, never), {
    moved: 1,
    gone: 0,
    tooLong: 1,
    left: 1,
  });
  const { state } = await manager.streams.info('dex-swaps');
  assert.deepEqual([state.messages, state.first_seq], [1, 1]);
  assert.equal((await lettersOf(connection)).length, 1);
});

test('an advisory about a message that is gone is acknowledged, and one that is none too', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await prepare(connection);
  const subject = '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.dex-swaps.clickhouse-sink';
  const about = advisoryOf(77);
  await jetstream(connection).publish(subject, JSON.stringify(about));
  await jetstream(connection).publish(subject, JSON.stringify({ ...about, stream: 'gone' }));
  await jetstream(connection).publish(subject, 'no JSON');
  assert.deepEqual(await sweepAdvisories(connection, never), {
    moved: 0,
    gone: 3,
    tooLong: 0,
    left: 0,
  });
  assert.equal((await manager.streams.info('dex-advisories')).state.messages, 0);
  assert.deepEqual(await lettersOf(connection), []);
});

test('an advisory about a stream that is gone does no harm to the one made anew', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await prepare(connection);
  const consumer = await jetstream(connection).consumers.get('dex-swaps', 'clickhouse-sink');
  await publishSwap(connection, 'poison');
  await until('the server has noted it', async () => {
    await consumer.next({ expires: 1000 });
    return (await manager.streams.info('dex-advisories')).state.messages === 1;
  });
  await manager.streams.delete('dex-swaps');
  await prepare(connection);
  await publishSwap(connection, 'another');
  const swept = await sweepAdvisories(connection, never);
  assert.deepEqual(swept, { moved: 0, gone: 1, tooLong: 0, left: 0 });
  assert.equal((await manager.streams.getMessage('dex-swaps', { seq: 1 }))?.string(), 'another');
});

test('two messages that had one place, in a stream and in the one made anew, are two letters', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await prepare(connection);
  for (const payload of ['first', 'second']) {
    await jetstream(connection).publish('dex.sol.swaps', payload);
    const consumer = await jetstream(connection).consumers.get('dex-swaps', 'clickhouse-sink');
    const message = await consumer.next();
    assert(message !== null);
    await publishDeadLetter(connection, deadLetterOf(message, 'r'), never);
    await manager.streams.delete('dex-swaps');
    await prepare(connection);
  }
  const letters = await lettersOf(connection);
  assert.deepEqual(
    letters.map(({ originalSequence, bytes }) => [originalSequence, bytes]),
    [
      [1, 5],
      [1, 6],
    ],
  );
});
