import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeSwapMessage } from '../../../src/pipelines/swaps/swap-message.ts';
import { connectNats } from '../../../src/sinks/nats/connect-nats.ts';
import { retryDeadLetters } from '../../../src/sinks/nats/dead-letters.ts';
import { blockSwaps } from '../../support/block-swaps.ts';
import { changedDefinitions, NANOS_PER_MS } from '../../support/changed-definitions.ts';
import { openDatabase } from '../../support/clickhouse-database.ts';
import { jetstreamSettings, startNats } from '../../support/nats-process.ts';
import { linkTo, natsMissing, openNats } from '../../support/nats-server.ts';
import { publishRaw, publishSwaps } from '../../support/publish-swaps.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';
import { assertTables, deadLetters } from '../../support/sink-oracle.ts';
import { builtCandles, drained, sinkOptions, startSink } from '../../support/sink-process.ts';
import { until } from '../../support/until.ts';

/** Goal: a message that nobody can use is put aside with the reason, whole, while all others arrive. */

const never = new AbortController().signal;
const EXPECTED = blockSwaps();
const [first, second, third] = EXPECTED;
assert(first !== undefined && second !== undefined && third !== undefined);

test('messages that cannot be used', { skip: clickhouseMissing || natsMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const dsn = service.url;

  await t.test('what is no message of swaps is a dead letter at once', async (t) => {
    const { connection, service: nats } = await openNats(t);
    const client = await openDatabase(t, dsn, 'malformed');
    const definitionsFolder = changedDefinitions(t);
    const place = { natsUrl: nats.url, dsn, database: 'malformed', definitionsFolder };
    const sink = await startSink(t, await sinkOptions(place));
    const truncated = encodeSwapMessage(second).subarray(0, 300);
    const other = { ...JSON.parse(encodeSwapMessage(second).toString()), version: 99 };
    await publishSwaps(connection, EXPECTED.slice(0, 10));
    for (const payload of ['', 'no JSON', '{"version":1}', truncated, JSON.stringify(other)]) {
      await publishRaw(connection, payload);
    }
    await publishSwaps(connection, EXPECTED.slice(10));
    await drained(sink);
    await builtCandles(sink);
    await assertTables(client, EXPECTED);
    const letters = await deadLetters(connection);
    assert.deepEqual(
      letters.map(({ bytes, deliveries }) => [bytes, deliveries]),
      [0, 7, 13, 300, JSON.stringify(other).length].map((bytes) => [bytes, 1]),
    );
    for (const { reason } of letters) {
      assert.match(reason, /expected version 1 of its schema: /);
    }
    assert.match(letters[2]?.reason ?? '', /chain_id/);
    const { messages, deadLetters: counted } = await sink.status();
    assert.deepEqual([messages, counted], [EXPECTED.length, 5]);
  });

  await t.test(
    'what ClickHouse refuses is tried again, then a dead letter that can be retried',
    async (t) => {
      const { connection, service: nats } = await openNats(t);
      const client = await openDatabase(t, dsn, 'refused');
      const table = client.nameOf('swaps');
      const { signature } = second;
      const check = `CHECK signature != '${signature}'`;
      await client.command(`ALTER TABLE ${table} ADD CONSTRAINT no_such ${check}`, never);
      const definitionsFolder = changedDefinitions(t, { consumer: { max_deliver: 3 } });
      const place = { natsUrl: nats.url, dsn, database: 'refused', definitionsFolder };
      const sink = await startSink(t, await sinkOptions(place));
      await publishSwaps(connection, EXPECTED);
      await drained(sink);
      await builtCandles(sink);
      await assertTables(
        client,
        EXPECTED.filter((one) => one.signature !== signature),
      );
      const [letter, ...others] = await deadLetters(connection);
      assert.deepEqual(others, []);
      assert.equal(letter?.deliveries, 3);
      assert.match(letter.reason, /inserting into swaps: ClickHouse answered with error 469/);
      assert.match(letter.msgId ?? '', new RegExp(`:${signature}:`));

      await client.command(`ALTER TABLE ${table} DROP CONSTRAINT no_such`, never);
      assert.deepEqual(await retryDeadLetters(connection, 'all', never), [letter.sequence]);
      await until('it is there', async () => (await sink.status()).messages === EXPECTED.length);
      await builtCandles(sink);
      await assertTables(client, EXPECTED);
      assert.deepEqual(await deadLetters(connection), []);
    },
  );

  await t.test('what is too long for a dead letter holds nobody up', async (t) => {
    const natsUrl = await startNats(t, `max_payload: 9000\n${jetstreamSettings(t)}`);
    const client = await openDatabase(t, dsn, 'too_long');
    const definitionsFolder = changedDefinitions(t);
    const place = { natsUrl, dsn, database: 'too_long', definitionsFolder };
    const sink = await startSink(t, await sinkOptions(place));
    const connection = await connectNats(linkTo(natsUrl), never);
    t.after(() => connection.close());
    await publishRaw(connection, 'x'.repeat(8990));
    await publishSwaps(connection, [first, second, third]);
    await until('the others are there', async () => (await sink.status()).messages === 3);
    await builtCandles(sink);
    await assertTables(client, [first, second, third]);
    const { stream } = await sink.status();
    assert.deepEqual([stream?.messages, stream?.firstSequence], [1, 1]);
    assert.match(sink.log(), /RECORD_TOO_LARGE/);
  });

  await t.test('what ended every sink that took it is found by the next', async (t) => {
    const { connection, manager, service: nats } = await openNats(t);
    const client = await openDatabase(t, dsn, 'used_up');
    // Long enough for a busy machine: who is late with others uses their deliveries up, too.
    const consumer = { max_deliver: 2, ack_wait: 2_000 * NANOS_PER_MS };
    const definitionsFolder = changedDefinitions(t, { consumer });
    const place = { natsUrl: nats.url, dsn, database: 'used_up', definitionsFolder };
    const options = await sinkOptions(place);
    const crash = { ...options, crashPoint: { name: 'sink-before-insert', pass: 1 } };
    const victim = await startSink(t, crash);
    await publishSwaps(connection, [first]);
    assert.equal(await victim.exited, 'SIGKILL');
    assert.equal(await (await startSink(t, crash)).exited, 'SIGKILL');
    await publishSwaps(connection, EXPECTED.slice(1));
    const sink = await startSink(t, options);
    await until('it is a dead letter', async () => (await deadLetters(connection)).length === 1);
    await drained(sink);
    await builtCandles(sink);
    await assertTables(client, EXPECTED.slice(1));
    const [letter] = await deadLetters(connection);
    assert.match(letter?.reason ?? '', /given it 2 times and never acknowledged/);
    assert.equal((await manager.streams.info('dex-advisories')).state.messages, 0);
    await retryDeadLetters(connection, 'all', never);
    await drained(sink);
    await builtCandles(sink);
    await assertTables(client, EXPECTED);
  });
});
