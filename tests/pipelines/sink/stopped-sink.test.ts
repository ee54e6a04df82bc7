import assert from 'node:assert/strict';
import test from 'node:test';
import { DEFINITIONS_FOLDER } from '../../../src/sinks/nats/stream-definitions.ts';
import { blockSwaps } from '../../support/block-swaps.ts';
import { openDatabase } from '../../support/clickhouse-database.ts';
import { natsMissing, openNats } from '../../support/nats-server.ts';
import { publishSwaps } from '../../support/publish-swaps.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';
import { assertTables } from '../../support/sink-oracle.ts';
import { builtCandles, drained, sinkOptions, startSink } from '../../support/sink-process.ts';
import { until } from '../../support/until.ts';

/** Goal: a sink that is stopped gives back what it holds, so that the next need not wait half a minute for it. */

const never = new AbortController().signal;
const EXPECTED = blockSwaps();

test('what a stopped sink holds is taken by the next one at once', {
  skip: clickhouseMissing || natsMissing,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const { connection, manager, service: nats } = await openNats(t);
  const client = await openDatabase(t, service.url, 'stopped');
  const table = client.nameOf('swaps');
  await client.command(`ALTER TABLE ${table} ADD CONSTRAINT nothing CHECK slot = 0`, never);
  // With the waits of everywhere: until the deadline of this test nothing comes again by itself.
  const definitionsFolder = DEFINITIONS_FOLDER;
  const place = { natsUrl: nats.url, dsn: service.url, database: 'stopped', definitionsFolder };
  const options = await sinkOptions(place);
  const first = await startSink(t, options);
  await publishSwaps(connection, EXPECTED);
  const refusals = (): number => first.log().split('VIOLATED_CONSTRAINT').length - 1;
  await until('some come a second time', () => refusals() > EXPECTED.length + 2);
  first.kill('SIGTERM');
  assert.equal(await first.exited, 0, first.log());
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, EXPECTED.length);

  await client.command(`ALTER TABLE ${table} DROP CONSTRAINT nothing`, never);
  const next = await startSink(t, options);
  await drained(next);
  await builtCandles(next);
  await assertTables(client, EXPECTED);
});

test('what a sink holds that ends because of candles is taken by the next one at once', {
  skip: clickhouseMissing || natsMissing,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const { connection, manager, service: nats } = await openNats(t);
  const client = await openDatabase(t, service.url, 'no_candles');
  const definitionsFolder = DEFINITIONS_FOLDER;
  const place = { natsUrl: nats.url, dsn: service.url, database: 'no_candles', definitionsFolder };
  const options = await sinkOptions(place);
  const patient = { rowsMax: 1_000_000, bytesMax: 2 ** 30, ageMs: 600_000 };
  const first = await startSink(t, { ...options, batch: patient });
  await publishSwaps(connection, EXPECTED);
  await until('the sink holds them', async () => {
    const { num_ack_pending } = await manager.consumers.info('dex-swaps', 'clickhouse-sink');
    return num_ack_pending === EXPECTED.length;
  });
  const touches = client.nameOf('candle_touches');
  await client.command(`RENAME TABLE ${touches} TO no_candles.away`, never);
  assert.equal(await first.exited, 1, first.log());
  assert.match(first.log(), /UNKNOWN_TABLE/);
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, EXPECTED.length);

  await client.command(`RENAME TABLE no_candles.away TO ${touches}`, never);
  const next = await startSink(t, options);
  await drained(next);
  await builtCandles(next);
  await assertTables(client, EXPECTED);
});
