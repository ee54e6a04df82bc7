import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { applyStreams } from '../../../src/sinks/nats/apply-streams.ts';
import { connectNats } from '../../../src/sinks/nats/connect-nats.ts';
import { SwapPublisher } from '../../../src/sinks/nats/publisher.ts';
import { reportStreams } from '../../../src/sinks/nats/report-streams.ts';
import {
  DEFINITIONS_FOLDER,
  loadStreamDefinitions,
} from '../../../src/sinks/nats/stream-definitions.ts';
import { verifyStreams } from '../../../src/sinks/nats/verify-streams.ts';
import type { RunningChild } from '../../../supervisor/child-spec.ts';
import { freePort } from '../../support/free-port.ts';
import { natsProcess } from '../../support/nats-process.ts';
import { linkTo, natsMissing } from '../../support/nats-server.ts';
import { startService, type TestService } from '../../support/services.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

/** Goal: in a cluster of three, what was acknowledged is stored once though the leader dies in the middle. */

const never = new AbortController().signal;
const skip = natsMissing;
const definitions = loadStreamDefinitions(DEFINITIONS_FOLDER);
/** Elections take seconds, and more on a busy machine. */
const ELECTION_MS = 60_000;

interface Node {
  readonly name: string;
  readonly service: TestService;
  child: RunningChild;
}

async function startCluster(t: TestContext): Promise<Node[]> {
  const root = tempFolder(t);
  const names = ['a', 'b', 'c'];
  const routes = await Promise.all(names.map(freePort));
  const urls = routes.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
  const services = await Promise.all(
    names.map((name, n) =>
      natsProcess(t, {
        root: join(root, name),
        settings: `server_name: "${name}"
jetstream { store_dir: "${join(root, name, 'nats')}", max_file_store: 268435456 }
cluster { name: "test", listen: "127.0.0.1:${routes[n]}", routes: [ ${urls} ] }`,
      }),
    ),
  );
  return Promise.all(
    services.map(async (service, n) => ({
      ...{ name: names[n] ?? '', service, child: await startService(t, service) },
    })),
  );
}

async function leaderOf(connection: NatsConnection): Promise<string | undefined> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const info = await manager.streams.info('dex-swaps').catch(() => null);
  return info?.cluster?.leader;
}

/** Init as soon as the servers have found each other and have a leader. */
async function initStreams(connection: NatsConnection): Promise<void> {
  const attempt = async (): Promise<boolean> => {
    if ((connection.info?.connect_urls?.length ?? 0) < 3) return false;
    const options = { definitions, force: false };
    return applyStreams(connection, options, never).then(
      () => true,
      (error: { retryable?: boolean }) => {
        if (error.retryable === true) return false;
        throw error;
      },
    );
  };
  await until('the streams are made', attempt, ELECTION_MS);
}

test('three copies, the leader killed while publishing: acknowledged equals stored', {
  skip,
}, async (t) => {
  const nodes = await startCluster(t);
  const url = nodes.map(({ service }) => service.url).join(',');
  const connection = await connectNats(linkTo(url), never);
  t.after(() => connection.close());
  await initStreams(connection);
  assert.deepEqual(await verifyStreams(connection, definitions, never), []);
  const report = await reportStreams(connection, never);
  assert(report.every(({ replicas }) => replicas === 3));

  const publisher = new SwapPublisher({
    ...{ connection, windowMax: 64, backoff: { firstMs: 50, maxMs: 500 } },
    ...{ random: Math.random, onRetry: () => undefined },
  });
  const total = 6000;
  let begun = 0;
  const sending = (async () => {
    for (; begun < total; begun++) {
      await publisher.publish('dex.sol.swaps', `501:${begun}:s:0`, Buffer.from(`${begun}`), never);
    }
    await publisher.drain(never);
  })();
  await until('a third is under way', () => begun > total / 3, ELECTION_MS);
  const name = await leaderOf(connection);
  const leader = nodes.find((node) => node.name === name);
  assert(leader !== undefined, `no leader ${name}`);
  process.kill(leader.child.pid ?? 0, 'SIGKILL');
  await leader.child.exited;
  await sending;
  assert.equal(publisher.acknowledged, total);
  await until(
    'a new leader speaks',
    async () => (await leaderOf(connection)) !== undefined,
    ELECTION_MS,
  );
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const { state } = await manager.streams.info('dex-swaps');
  assert.equal(state.messages, total);
  leader.child = await startService(t, leader.service);
  await until(
    'the killed one has caught up',
    async () => {
      const reports = await reportStreams(connection, never).catch(() => []);
      return reports.some(({ name, lagging }) => name === 'dex-swaps' && lagging.length === 0);
    },
    ELECTION_MS,
  );
  const seen = new Set<string>();
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage('dex-swaps', { seq });
    if (message !== null) seen.add(message.string());
  }
  assert.equal(seen.size, total);
});
