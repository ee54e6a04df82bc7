import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import type { ChainSwaps } from '../../../src/model/swap.ts';
import { swapMessageId } from '../../../src/pipelines/swaps/swap-message.ts';
import { blockSwaps } from '../../support/block-swaps.ts';
import { readCandles } from '../../support/candle-oracle.ts';
import { changedDefinitions, NANOS_PER_MS } from '../../support/changed-definitions.ts';
import { openDatabase } from '../../support/clickhouse-database.ts';
import { natsMissing, openNats } from '../../support/nats-server.ts';
import { publishSwaps } from '../../support/publish-swaps.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';
import { assertTables } from '../../support/sink-oracle.ts';
import { builtCandles, drained, sinkOptions, startSink } from '../../support/sink-process.ts';
import { solTrade } from '../../support/swap-samples.ts';
import { until } from '../../support/until.ts';

/** Goal: however often and in which order messages come, the tables and candles are those of the chain. */

const START = 1_699_963_200;

/** The real block, and trades of another pool over some minutes, so that candles have more than one swap. */
const EXPECTED = [
  ...Array.from({ length: 20 }, (_, n) => ({
    ...solTrade(100 + n, START + n * 17, BigInt(n + 1), BigInt((n * 7) % 5) + 1n),
    // Base58, as the schema wants it.
    signature: 'S'.repeat(64),
  })),
  ...blockSwaps(),
];

/** The same for the same seed, and in no order that could be guessed. */
function shuffled(seed: number): ChainSwaps[] {
  const keyOf = (one: ChainSwaps): string =>
    createHash('sha256')
      .update(`${seed} ${swapMessageId(one)}`)
      .digest('hex');
  return EXPECTED.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

test('swaps that come again, in any order, after the window in which NATS knows them', {
  skip: clickhouseMissing || natsMissing,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const { connection, manager, service: nats } = await openNats(t);
  const client = await openDatabase(t, service.url, 'again');
  const duplicate_window = 200 * NANOS_PER_MS;
  const options = await sinkOptions({
    ...{ natsUrl: nats.url, dsn: service.url, database: 'again' },
    definitionsFolder: changedDefinitions(t, { stream: { duplicate_window } }),
  });
  const sink = await startSink(t, options);
  for (const seed of [1, 2]) await publishSwaps(connection, shuffled(seed));
  const { last_seq: once } = (await manager.streams.info('dex-swaps')).state;
  await drained(sink);
  await builtCandles(sink);
  await assertTables(client, EXPECTED);
  const before = await readCandles(client);

  await until('the server has forgotten them all', async () => {
    await publishSwaps(connection, EXPECTED.slice(-1));
    return (await manager.streams.info('dex-swaps')).state.last_seq > once;
  });
  await publishSwaps(connection, shuffled(3));
  const { last_seq: twice } = (await manager.streams.info('dex-swaps')).state;
  assert(twice >= once + EXPECTED.length, `${twice} messages, ${once} before`);
  await drained(sink);
  await builtCandles(sink);
  await assertTables(client, EXPECTED);
  // What did not change has no further revision.
  assert.deepEqual(await readCandles(client), before);
});
