import assert from 'node:assert/strict';
import test from 'node:test';
import { sinkPortAt } from '../../../supervisor/jobs/sink-port.ts';
import { blockSwaps } from '../../support/block-swaps.ts';
import { changedDefinitions, NANOS_PER_MS } from '../../support/changed-definitions.ts';
import { openDatabase } from '../../support/clickhouse-database.ts';
import { openClickhouse } from '../../support/clickhouse-server.ts';
import { natsMissing, openNats } from '../../support/nats-server.ts';
import { publishSwaps } from '../../support/publish-swaps.ts';
import { clickhouseMissing } from '../../support/services.ts';
import { assertTables, deadLetters } from '../../support/sink-oracle.ts';
import {
  builtCandles,
  drained,
  type SinkProcess,
  sinkOptions,
  startSink,
} from '../../support/sink-process.ts';
import { until } from '../../support/until.ts';

/** Goal: a ClickHouse that is away, however long, costs nothing but time: no swap, no delivery, no memory. */

const skip = clickhouseMissing || natsMissing;
const never = new AbortController().signal;
const EXPECTED = blockSwaps();
const PENDING_MAX = 12;
/** Messages that stand in the stream when the sink starts. */
const FIRST = 10;

/** Inserts that came to nothing, several requests each. */
function triesOf(sink: SinkProcess): number {
  return sink.log().split('inserting into swaps').length - 1;
}

test('a sink without ClickHouse keeps a bounded queue and uses up no deliveries', {
  skip,
}, async (t) => {
  const clickhouse = await openClickhouse(t);
  const { connection, manager, service: nats } = await openNats(t);
  const client = await openDatabase(t, clickhouse.dsn, 'away');
  // Two deliveries, and a wait that passes many times while ClickHouse is away.
  const ack_wait = 400 * NANOS_PER_MS;
  const definitionsFolder = changedDefinitions(t, {
    consumer: { max_deliver: 2, max_ack_pending: PENDING_MAX, ack_wait },
  });
  const place = { natsUrl: nats.url, dsn: clickhouse.dsn, database: 'away', definitionsFolder };
  const options = await sinkOptions(place);
  const consumer = () => manager.consumers.info('dex-swaps', 'clickhouse-sink');

  await t.test('one that is started meanwhile does not ask for messages', async (t) => {
    await clickhouse.kill();
    for (let i = 0; i < 3; i++) {
      const sink = await startSink(t, options);
      await publishSwaps(connection, EXPECTED.slice(0, FIRST));
      await until('it waits for ClickHouse', () => sink.log().includes('SINK_UNREACHABLE'));
      assert.equal((await consumer()).delivered.consumer_seq, 0);
      sink.kill('SIGTERM');
      assert.equal(await sink.exited, 0, sink.log());
    }
  });

  const sink = await startSink(t, options);
  await t.test('it goes on by itself as soon as ClickHouse is back', async () => {
    await clickhouse.start();
    await drained(sink);
  });

  await t.test('one that loses it keeps what it has, and no more than it may', async () => {
    await clickhouse.kill();
    const tries = triesOf(sink);
    await publishSwaps(connection, EXPECTED.slice(FIRST));
    await until(
      'its queue is full',
      async () => (await consumer()).num_ack_pending === PENDING_MAX,
    );
    // The pauses between tries of an insert grow: meanwhile the wait for an acknowledgement passes many times.
    await until('it has tried again and again', () => triesOf(sink) >= tries + 3);
    const { delivered, num_ack_pending, num_redelivered } = await consumer();
    assert.deepEqual([num_ack_pending, num_redelivered], [PENDING_MAX, 0]);
    assert.equal(delivered.consumer_seq, FIRST + PENDING_MAX);
    // Whoever waits for the sink is told why, and waits on.
    const port = sinkPortAt(`http://127.0.0.1:${options.port}`, 1);
    const words: string[] = [];
    const waiting = port.drained((text) => void words.push(text), never);
    await until('it says why', () => words.some((text) => text.includes('its last fault')));
    assert.match(words.join('\n'), /messages wait in the stream; its last fault: .*ClickHouse/);
    await clickhouse.start();
    await waiting;
    await drained(sink);
    await builtCandles(sink);
    await assertTables(client, EXPECTED);
    assert.deepEqual(await deadLetters(connection), []);
    assert.equal((await manager.streams.info('dex-advisories')).state.last_seq, 0);
  });
});
