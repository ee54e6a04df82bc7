import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { applyStreams } from '../../../src/sinks/nats/apply-streams.ts';
import { AcknowledgedMessages } from '../../../src/sinks/nats/clear-acknowledged.ts';
import { connectNats } from '../../../src/sinks/nats/connect-nats.ts';
import {
  DEFINITIONS_FOLDER,
  loadStreamDefinitions,
} from '../../../src/sinks/nats/stream-definitions.ts';
import { sweepAdvisories } from '../../../src/sinks/nats/sweep-advisories.ts';
import { changedDefinitions, NANOS_PER_MS } from '../../support/changed-definitions.ts';
import { linkTo, natsMissing, natsServerPath, openNats } from '../../support/nats-server.ts';
import { localNats } from '../../support/services.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

/** Goal: what a killed server forgot to remove from a work queue is removed, and nothing that anybody needs. */

const never = new AbortController().signal;
const MESSAGES = 6;
const QUEUE = { stream: 'dex-swaps', consumer: 'clickhouse-sink' };

test('a work queue whose removals were lost is cleared of what was acknowledged', {
  skip: natsMissing,
}, async (t) => {
  const service = await localNats(t, natsServerPath);
  const messages = join(service.folder.root, 'nats/jetstream/$G/streams/dex-swaps/msgs');
  const copy = join(tempFolder(t), 'msgs');

  /** Runs `work` on the server while it is up, and stops it in order. */
  async function whileUp(work: (connection: NatsConnection) => Promise<void>): Promise<void> {
    const child = await service.spec.start(never);
    const connection = await connectNats(linkTo(service.url), never);
    try {
      await work(connection);
    } finally {
      await connection.close();
      await child.stop(never);
    }
  }

  await whileUp(async (connection) => {
    const definitions = loadStreamDefinitions(DEFINITIONS_FOLDER);
    await applyStreams(connection, { definitions, force: false }, never);
    for (let i = 0; i < MESSAGES; i++) {
      await jetstream(connection).publish('dex.sol.swaps', `message ${i}`);
    }
    const acknowledged = new AcknowledgedMessages(connection, QUEUE);
    for (let i = 0; i < 2; i++) assert.equal(await acknowledged.clear(), 0);
  });
  cpSync(messages, copy, { recursive: true });
  await whileUp(async (connection) => {
    const consumer = await jetstream(connection).consumers.get('dex-swaps', 'clickhouse-sink');
    for (let i = 0; i < MESSAGES - 2; i++) await (await consumer.next())?.ackAck();
  });
  // As after a power cut: the acknowledgements are on disk, the removals are not.
  rmSync(messages, { recursive: true });
  cpSync(copy, messages, { recursive: true });
  await whileUp(async (connection) => {
    const manager = await jetstreamManager(connection);
    const { state: before } = await manager.streams.info('dex-swaps');
    assert.deepEqual([before.messages, before.first_seq], [MESSAGES, 1]);
    const acknowledged = new AcknowledgedMessages(connection, QUEUE);
    assert.equal(await acknowledged.clear(), 0);
    assert.equal(await acknowledged.clear(), MESSAGES - 2);
    const { state } = await manager.streams.info('dex-swaps');
    assert.deepEqual([state.messages, state.first_seq], [2, MESSAGES - 1]);
    const consumer = await jetstream(connection).consumers.get('dex-swaps', 'clickhouse-sink');
    assert.equal((await consumer.next())?.string(), `message ${MESSAGES - 2}`);
  });
});

test('what was delivered for the last time is among the dead letters before it could be cleared', {
  skip: natsMissing,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  const definitionsFolder = changedDefinitions(t, {
    consumer: { ack_wait: 200 * NANOS_PER_MS, max_deliver: 1 },
  });
  const definitions = loadStreamDefinitions(definitionsFolder);
  await applyStreams(connection, { definitions, force: false }, never);
  const acknowledged = new AcknowledgedMessages(connection, QUEUE);
  const consumer = await jetstream(connection).consumers.get('dex-swaps', 'clickhouse-sink');
  await jetstream(connection).publish('dex.sol.swaps', 'never acknowledged');
  await consumer.next();
  await until('the server has noted it', async () => {
    await consumer.next({ expires: 1000 });
    return (await manager.streams.info('dex-advisories')).state.messages === 1;
  });
  await jetstream(connection).publish('dex.sol.swaps', 'acknowledged');
  await (await consumer.next())?.ackAck();
  const { ack_floor } = await manager.consumers.info('dex-swaps', 'clickhouse-sink');
  assert.equal(ack_floor.stream_seq, 2, 'the floor has passed it');
  assert.equal(await acknowledged.clear(), 0);
  const swept = await sweepAdvisories(connection, never);
  assert.deepEqual(swept, { moved: 1, gone: 0, tooLong: 0, left: 0 });
  assert.equal(await acknowledged.clear(), 0);
});

test('a stream that was made anew keeps what has the sequences of the old one', {
  skip: natsMissing,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  const definitions = loadStreamDefinitions(DEFINITIONS_FOLDER);
  await applyStreams(connection, { definitions, force: false }, never);
  const acknowledged = new AcknowledgedMessages(connection, QUEUE);
  await jetstream(connection).publish('dex.sol.swaps', 'old');
  const consumer = await jetstream(connection).consumers.get('dex-swaps', 'clickhouse-sink');
  await (await consumer.next())?.ackAck();
  assert.equal(await acknowledged.clear(), 0);
  await manager.streams.delete('dex-swaps');
  await applyStreams(connection, { definitions, force: false }, never);
  await jetstream(connection).publish('dex.sol.swaps', 'new');
  for (let i = 0; i < 2; i++) assert.equal(await acknowledged.clear(), 0);
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, 1);
});
