import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { SinkOptions } from '../../../src/model/sink-options.ts';
import { blockSwaps } from '../../support/block-swaps.ts';
import { changedDefinitions } from '../../support/changed-definitions.ts';
import { openDatabase } from '../../support/clickhouse-database.ts';
import { natsMissing, openNats } from '../../support/nats-server.ts';
import { publishRaw, publishSwaps } from '../../support/publish-swaps.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';
import { assertTables, deadLetters } from '../../support/sink-oracle.ts';
import {
  builtCandles,
  drained,
  type SinkProcess,
  sinkOptions,
  spawnSink,
  startSink,
} from '../../support/sink-process.ts';
import { until } from '../../support/until.ts';

/** Goal: a sink that lost what it cannot be without ends, says what lacks, and the next one goes on where it can. */

const never = new AbortController().signal;
const EXPECTED = blockSwaps();

async function assertEnds(sink: SinkProcess, expected: RegExp): Promise<void> {
  assert.equal(await sink.exited, 1, sink.log());
  const last = sink.log().trim().split('\n').at(-1) ?? '';
  assert.match(last, /"level":"fatal".*the sink of swaps ends: /);
  assert.match(last, expected);
}

test('what a sink can lose', { skip: clickhouseMissing || natsMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const dsn = service.url;
  const nats = await openNats(t);
  const { connection, manager, service: server } = nats;

  async function placeFor(t: TestContext, database: string) {
    await manager.streams.purge('dex-swaps').catch(() => {});
    const client = await openDatabase(t, dsn, database);
    // One delivery alone: a message that is asked for in vain would be a dead letter.
    const definitionsFolder = changedDefinitions(t, { consumer: { max_deliver: 1 } });
    const place = { natsUrl: server.url, dsn, database, definitionsFolder };
    return { client, options: await sinkOptions(place) };
  }

  /** What is killed before it asked for a message has used up none. */
  async function makeStreams(t: TestContext, options: SinkOptions): Promise<void> {
    const sink = await startSink(t, options);
    sink.kill('SIGKILL');
    await sink.exited;
  }

  async function assertArrives(
    t: TestContext,
    options: SinkOptions,
    client: Parameters<typeof assertTables>[0],
  ): Promise<SinkProcess> {
    const sink = await startSink(t, options);
    await drained(sink);
    await builtCandles(sink);
    await assertTables(client, EXPECTED);
    return sink;
  }

  /** Under ids of their own: the streams are shared by all these tests. */
  const publish = (database: string): Promise<void> =>
    publishSwaps(connection, EXPECTED, ({ txIndex }) => `${database}:${txIndex}`);

  await t.test('a table that is gone, again and again, costs no delivery', async (t) => {
    const { client, options } = await placeFor(t, 'no_table');
    const first = await startSink(t, options);
    await client.command(`RENAME TABLE ${client.nameOf('swaps')} TO no_table.away`, never);
    await assertEnds(first, /UNKNOWN_TABLE/);
    await publish('no_table');
    for (let i = 0; i < 2; i++) await assertEnds(spawnSink(t, options), /UNKNOWN_TABLE/);
    await client.command(`RENAME TABLE no_table.away TO ${client.nameOf('swaps')}`, never);
    await assertArrives(t, options, client);
    assert.deepEqual(await deadLetters(connection), []);
  });

  await t.test('a password that is refused costs no delivery', async (t) => {
    const { client, options } = await placeFor(t, 'password');
    const address = new URL(dsn);
    address.password = 'wrong';
    address.username = 'default';
    const clickhouse = { ...options.clickhouse, dsn: address.href };
    await publish('password');
    for (let i = 0; i < 2; i++) {
      await assertEnds(spawnSink(t, { ...options, clickhouse }), /password is incorrect/);
    }
    await assertArrives(t, options, client);
    assert.deepEqual(await deadLetters(connection), []);
  });

  await t.test('a consumer that was deleted is made anew by the next sink', async (t) => {
    const { client, options } = await placeFor(t, 'consumer');
    const sink = await startSink(t, options);
    await until('it takes messages', async () => {
      const { num_waiting } = await manager.consumers.info('dex-swaps', 'clickhouse-sink');
      return num_waiting > 0;
    });
    await manager.consumers.delete('dex-swaps', 'clickhouse-sink');
    await assertEnds(sink, /consuming dex-swaps as clickhouse-sink: .*consumer deleted/);
    await publish('consumer');
    await assertArrives(t, options, client);
  });

  await t.test('streams that were deleted are made anew by the next sink', async (t) => {
    const { client, options } = await placeFor(t, 'streams');
    const sink = await startSink(t, options);
    await until('it takes messages', async () => {
      const { num_waiting } = await manager.consumers.info('dex-swaps', 'clickhouse-sink');
      return num_waiting > 0;
    });
    await manager.streams.delete('dex-swaps');
    await assertEnds(sink, /consuming dex-swaps as clickhouse-sink: /);
    await makeStreams(t, options);
    await publish('streams');
    const last = await assertArrives(t, options, client);
    await manager.streams.delete('dex-dead-letters');
    await publishRaw(connection, 'poison');
    await assertEnds(last, /among the dead letters: expected a stream that takes it/);
  });

  await t.test('a server that is away when it starts is waited for', async (t) => {
    const { client, options } = await placeFor(t, 'no_nats');
    await makeStreams(t, options);
    await publish('no_nats');
    await nats.stop();
    const impatient = spawnSink(t, options);
    await until('it waits', () => impatient.log().includes('connecting to NATS'));
    impatient.kill('SIGTERM');
    assert.equal(await impatient.exited, 0, impatient.log());
    const sink = spawnSink(t, options);
    await until('it waits', () => sink.log().includes('connecting to NATS'));
    // The supervisor must not wait for it: it may be about to start NATS.
    const address = `http://127.0.0.1:${options.port}`;
    assert.equal((await fetch(`${address}/healthz`)).status, 200);
    assert.equal((await fetch(`${address}/status`)).status, 503);
    assert.equal((await fetch(`${address}/candles`, { method: 'POST' })).status, 503);
    await nats.start();
    await until(
      () => `it is ready: ${sink.log()}`,
      () => sink.log().includes('the sink of swaps is ready'),
    );
    await drained(sink);
    await builtCandles(sink);
    await assertTables(client, EXPECTED);
  });
});
