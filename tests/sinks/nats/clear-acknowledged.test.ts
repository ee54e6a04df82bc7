import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { applyStreams } from '../../../src/sinks/nats/apply-streams.ts';
import { clearAcknowledged } from '../../../src/sinks/nats/clear-acknowledged.ts';
import { connectNats } from '../../../src/sinks/nats/connect-nats.ts';
import {
  DEFINITIONS_FOLDER,
  loadStreamDefinitions,
} from '../../../src/sinks/nats/stream-definitions.ts';
import { linkTo, natsMissing, natsServerPath } from '../../support/nats-server.ts';
import { localNats } from '../../support/services.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Goal: what a killed server forgot to remove from a work queue is removed, and nothing else. */

const never = new AbortController().signal;
const MESSAGES = 6;

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
    assert.equal(await clearAcknowledged(connection, 'dex-swaps', 'clickhouse-sink'), 0);
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
    const cleared = await clearAcknowledged(connection, 'dex-swaps', 'clickhouse-sink');
    assert.equal(cleared, MESSAGES - 2);
    const { state } = await manager.streams.info('dex-swaps');
    assert.deepEqual([state.messages, state.first_seq], [2, MESSAGES - 1]);
    const consumer = await jetstream(connection).consumers.get('dex-swaps', 'clickhouse-sink');
    assert.equal((await consumer.next())?.string(), `message ${MESSAGES - 2}`);
  });
});
