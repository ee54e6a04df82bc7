import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { ChainSwaps } from '../../../src/model/swap.ts';
import { swapsOfTallies } from '../../../src/model/swap-tallies.ts';
import type { ShardResult, WorkerResult } from '../../../src/model/worker-task.ts';
import { encodeSwapMessage } from '../../../src/pipelines/swaps/swap-message.ts';
import { applyStreams } from '../../../src/sinks/nats/apply-streams.ts';
import { HEADER_BYTES_RESERVE } from '../../../src/sinks/nats/payload-bound.ts';
import { loadStreamDefinitions } from '../../../src/sinks/nats/stream-definitions.ts';
import { blockSwaps } from '../../support/block-swaps.ts';
import { changedDefinitions } from '../../support/changed-definitions.ts';
import { openDatabase, statsClickhouse } from '../../support/clickhouse-database.ts';
import { type NatsForTest, natsMissing, openNats } from '../../support/nats-server.ts';
import { publishSwaps } from '../../support/publish-swaps.ts';
import { natsTarget, runSwapsShardOf } from '../../support/run-swaps-shard.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';
import { assertTables } from '../../support/sink-oracle.ts';
import { builtCandles, drained, sinkOptions, startSink } from '../../support/sink-process.ts';
import { packSwapSlots } from '../../support/swap-archive.ts';
import { readSwaps } from '../../support/swap-tables.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

/** Goal: a shard that cannot hand on its swaps waits, says how long, and loses none; what can never be is one slot. */

const never = new AbortController().signal;
const SLOTS = 12;
const FULL_AT = 40;

function assertDone(result: WorkerResult): asserts result is ShardResult {
  assert.equal(result.type, 'shard', JSON.stringify(result));
  assert.equal((result as ShardResult).outcome, 'done');
}

async function makeStreams(nats: NatsForTest, folder: string): Promise<void> {
  const definitions = loadStreamDefinitions(folder);
  await applyStreams(nats.connection, { definitions, force: false }, never);
}

function messagesIn({ manager }: NatsForTest): Promise<number> {
  return manager.streams.info('dex-swaps').then(({ state }) => state.messages);
}

test('shards whose sink holds them up', { skip: clickhouseMissing || natsMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const dsn = service.url;
  const archive = await packSwapSlots(tempFolder(t), SLOTS);

  async function startSinkOf(t: TestContext, nats: NatsForTest, database: string, folder: string) {
    const client = await openDatabase(t, dsn, database);
    const place = { natsUrl: nats.service.url, dsn, database, definitionsFolder: folder };
    return { client, sink: await startSink(t, await sinkOptions(place)) };
  }

  for (const [what, stream] of [
    ['messages', { max_msgs: FULL_AT }],
    ['bytes', { max_bytes: 64 * 1024 }],
  ] as const) {
    await t.test(`a stream full of ${what} is waited for, killed meanwhile or not`, async (t) => {
      const nats = await openNats(t);
      const folder = changedDefinitions(t, { stream });
      await makeStreams(nats, folder);
      const warnings: string[] = [];
      const onWarning = (text: string) => void warnings.push(text);
      const target = natsTarget(nats.service.url);
      const running = runSwapsShardOf(archive, target, { onWarning });
      let before = -1;
      await until('the stream is full', async () => {
        const now = await messagesIn(nats);
        const isFull = now > 0 && now === before;
        before = now;
        return isFull;
      });
      assert(before < archive.expected.length);
      if (what === 'messages') {
        assert.equal(before, FULL_AT);
        await nats.restart();
        assert.equal(await messagesIn(nats), FULL_AT);
      }
      const { client, sink } = await startSinkOf(t, nats, `full_${what}`, folder);
      const result = await running;
      assertDone(result);
      assert.deepEqual(result.quarantined, []);
      const { tallies } = result.counters;
      assert((tallies['publish-retries'] ?? 0) > 0);
      // Of all these faults one is told.
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', /^publishing 501:.*; trying again$/);
      assert((tallies['publish-pauses'] ?? 0) > 0);
      await drained(sink);
      await builtCandles(sink);
      await assertTables(client, archive.expected);
    });
  }

  await t.test('a sink that is far behind holds up the reading, and that is counted', async (t) => {
    const nats = await openNats(t);
    const folder = changedDefinitions(t);
    await makeStreams(nats, folder);
    await publishSwaps(nats.connection, archive.expected.slice(0, 10));
    let looks = 0;
    const subject = '$JS.API.STREAM.INFO.dex-swaps';
    const spy = nats.connection.subscribe(subject, { callback: () => void looks++ });
    await nats.connection.flush();
    let over = false;
    const target = natsTarget(nats.service.url, { backlogMax: 10, backlogResume: 0 });
    const running = runSwapsShardOf(archive, target).finally(() => {
      over = true;
    });
    // The first is about the bound of messages, the second finds the stream too full; the others wait.
    await until('it has looked again and again', () => looks >= 4);
    spy.unsubscribe();
    assert.deepEqual([over, await messagesIn(nats)], [false, 10]);
    const { client, sink } = await startSinkOf(t, nats, 'behind', folder);
    const result = await running;
    assertDone(result);
    const { tallies } = result.counters;
    // Once at least: a sink that is slow on a busy machine may fall behind again.
    assert((tallies['backlog-pauses'] ?? 0) >= 1);
    assert((tallies['backlog-paused-ms'] ?? 0) > 0);
    assert.equal(tallies['publish-duplicates'], 10);
    await drained(sink);
    await builtCandles(sink);
    await assertTables(client, archive.expected);
  });

  await t.test('a shard that is asked to stop while it waits for room does', async (t) => {
    const nats = await openNats(t);
    await makeStreams(nats, changedDefinitions(t, { stream: { max_msgs: FULL_AT } }));
    const cancel = new SharedArrayBuffer(8);
    const running = runSwapsShardOf(archive, natsTarget(nats.service.url), { cancel });
    await until('the stream is full', async () => (await messagesIn(nats)) === FULL_AT);
    Atomics.store(new Int32Array(cancel), 0, 1);
    const result = await running;
    assert(result.type === 'failed', JSON.stringify(result));
    assert.deepEqual([result.error.code, result.error.retryable], ['CANCELLED', true]);
  });

  await t.test('of a slot with a message that is too large nothing is published', async (t) => {
    const nats = await openNats(t);
    const isSmall = ({ swaps }: ChainSwaps): boolean => swaps.length === 1;
    const sizes = blockSwaps()
      .filter(isSmall)
      .map((one) => encodeSwapMessage(one).length);
    const max_msg_size = Math.max(...sizes) + HEADER_BYTES_RESERVE;
    await makeStreams(nats, changedDefinitions(t, { stream: { max_msg_size } }));
    const keep = (one: ChainSwaps, n: number): boolean => n === 1 || isSmall(one);
    const mixed = await packSwapSlots(tempFolder(t), 3, { keep });
    const result = await runSwapsShardOf(mixed, natsTarget(nats.service.url));
    assertDone(result);
    const [quarantined, ...others] = result.quarantined;
    assert.deepEqual(others, []);
    assert.equal(quarantined?.slot, mixed.range.start + 1);
    assert.equal(quarantined.error.code, 'RECORD_TOO_LARGE');
    const right = mixed.expected.filter(({ slot }) => slot !== quarantined.slot);
    assert.equal(await messagesIn(nats), right.length);
    const { tallies, slotsDone, transactions } = result.counters;
    assert.deepEqual([slotsDone, transactions], [2, right.length]);
    const counted = swapsOfTallies(tallies);
    assert.equal(counted.transactions, right.length);
    assert.equal(counted.swaps, right.flatMap((one) => one.swaps).length);
  });

  await t.test('a stream that is gone fails the shard with what to do', async (t) => {
    const nats = await openNats(t);
    const result = await runSwapsShardOf(archive, natsTarget(nats.service.url));
    assert(result.type === 'failed', JSON.stringify(result));
    assert.deepEqual([result.error.code, result.error.retryable], ['SINK_REFUSED', false]);
    assert.match(result.error.message, /run "npx millrace ops jetstream init"/);
  });

  await t.test('blocks without a time give swaps in no candle, either way', async (t) => {
    const untimed = await packSwapSlots(tempFolder(t), 3, {
      timeOf: (n) => (n === 1 ? null : 1_710_441_678),
    });
    const nats = await openNats(t);
    const { client, sink } = await startSinkOf(t, nats, 'untimed', changedDefinitions(t));
    assertDone(await runSwapsShardOf(untimed, natsTarget(nats.service.url)));
    await drained(sink);
    await builtCandles(sink);
    await assertTables(client, untimed.expected);
    const straight = await openDatabase(t, dsn, 'untimed_straight');
    const clickhouse = statsClickhouse(dsn, 'untimed_straight');
    assertDone(await runSwapsShardOf(untimed, { type: 'clickhouse', clickhouse }));
    assert.deepEqual(await readSwaps(straight), untimed.expected);
  });
});
