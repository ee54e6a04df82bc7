import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import type { ChainSwaps } from '../../src/model/swap.ts';
import { swapMessageId } from '../../src/pipelines/swaps/swap-message.ts';
import type { ClickhouseClient } from '../../src/sinks/clickhouse-client.ts';
import { BLOCK_SWAPS, blockSwaps } from '../support/block-swaps.ts';
import { expectedCandles, factsOf, readCandles } from '../support/candle-oracle.ts';
import { cliHome, runCli, SAMPLES } from '../support/cli-process.ts';
import { openDatabase } from '../support/clickhouse-database.ts';
import { natsMissing, openNats } from '../support/nats-server.ts';
import { SAMPLE_STATS_SLOTS } from '../support/sample-stats.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import { readSwaps } from '../support/swap-tables.ts';
import { swapsHome, swapsReport } from '../support/swaps-home.ts';

/** Goal: `swaps` fills ClickHouse with every swap and candle of the chain, once, whichever way and however often they go. */

const never = new AbortController().signal;
const WORDS = ['swaps', SAMPLE_STATS_SLOTS, '--archive', SAMPLES];
const EXPECTED = blockSwaps();
const EXPECTED_FILE = new URL('../fixtures/dex/expected-254170887.json', import.meta.url);

interface ExpectedSwap {
  readonly tx_index: number;
  readonly dex: string;
  readonly outer: number;
  readonly inner: number | null;
  readonly pool: string;
  readonly user: string;
  readonly amount_in: string;
  readonly amount_out: string;
}

/** What an independent program found in the block, as rows of the table. */
function goldenRows(): string[] {
  const golden: ExpectedSwap[] = JSON.parse(readFileSync(EXPECTED_FILE, 'utf8'));
  return golden
    .map((one) =>
      [one.tx_index, one.outer, one.inner ?? -1, one.dex, one.pool, one.user]
        .concat([one.amount_in, one.amount_out])
        .join(' '),
    )
    .sort();
}

function rowsOf(swaps: readonly ChainSwaps[]): string[] {
  return swaps
    .flatMap(({ txIndex, swaps: list }) =>
      list.map((one) =>
        [txIndex, one.outer, one.inner, one.program, one.pool, one.user]
          .concat([`${one.amountIn}`, `${one.amountOut}`])
          .join(' '),
      ),
    )
    .sort();
}

async function assertTables(client: ClickhouseClient): Promise<void> {
  const swaps = await readSwaps(client);
  assert.deepEqual(swaps, EXPECTED);
  assert.deepEqual(rowsOf(swaps), goldenRows());
  const candles = (await readCandles(client)).map(factsOf);
  assert.deepEqual(candles, expectedCandles(EXPECTED));
}

test('swaps from the archive into a real ClickHouse', {
  skip: clickhouseMissing || natsMissing,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const dsn = service.url;

  await t.test('over NATS: rows and candles are right, again and afresh too', async (t) => {
    const nats = await openNats(t);
    const home = await swapsHome(t, { dsn, natsUrl: nats.service.url }, 'over_nats');
    const client = await openDatabase(t, dsn, 'over_nats');
    const first = await runCli(t, home, [...WORDS, '--json']);
    assert.equal(first.code, 0, first.notes);
    const report = swapsReport(first);
    assert.deepEqual([report.state, report.alreadyComplete], ['complete', false]);
    assert.equal(report.decoded.swaps, BLOCK_SWAPS);
    assert.equal(report.decoded.transactions, EXPECTED.length);
    assert.deepEqual(report.decoded.programs, report.stored.programs);
    const mismatch = { program: 'meteora_damm_v1', reason: 'event-amount-in', calls: 2 };
    assert.deepEqual(report.decoded.mismatches, [mismatch]);
    assert.equal(report.audit.done, 50);
    await assertTables(client);
    const again = swapsReport(await runCli(t, home, [...WORDS, '--json']));
    assert.deepEqual([again.state, again.alreadyComplete], ['complete', true]);
    assert.deepEqual(again.stored, report.stored);
    const fresh = await runCli(t, home, [...WORDS, '--fresh', '--json']);
    assert.equal(fresh.code, 0, fresh.notes);
    assert.deepEqual(swapsReport(fresh).stored, report.stored);
    // The stream knew them all as duplicates, so nothing went to ClickHouse a second time.
    const { tallies } = swapsReport(fresh).counters;
    assert.equal(tallies['publish-duplicates'], EXPECTED.length);
    await assertTables(client);
    // Nor does it where they lack there; what helps is said, and does.
    await client.command('TRUNCATE TABLE over_nats.swaps', never);
    const lacking = await runCli(t, home, [...WORDS, '--fresh']);
    assert.equal(lacking.code, 2, lacking.notes);
    assert.match(lacking.notes, /within the hour for repeats: --sink clickhouse writes them again/);
    const straight = await runCli(t, home, [...WORDS, '--sink', 'clickhouse']);
    assert.equal(straight.code, 0, straight.notes);
    await assertTables(client);
  });

  await t.test('one message a transaction, under its id, stays for api-query', async (t) => {
    const nats = await openNats(t);
    const home = await swapsHome(t, { dsn, natsUrl: nats.service.url }, 'messages');
    const result = await runCli(t, home, WORDS);
    assert.equal(result.code, 0, result.notes);
    const manager = await jetstreamManager(nats.connection);
    assert.equal((await manager.streams.info('dex-swaps')).state.messages, 0);
    assert.equal((await manager.streams.info('dex-swaps-api')).state.messages, EXPECTED.length);
    const ids = [];
    for (let seq = 1; seq <= EXPECTED.length; seq++) {
      const message = await manager.streams.getMessage('dex-swaps-api', { seq });
      assert(message !== null);
      assert.equal(message.header.get('Nats-Msg-Id'), message.header.get('Msg-Id'));
      ids.push(message.header.get('Nats-Msg-Id'));
    }
    assert.deepEqual(ids.sort(), EXPECTED.map(swapMessageId).sort());
    for (const timeframe of ['1m', '5m', '1h']) {
      const { state } = await manager.streams.info(`dex-candles-${timeframe}`);
      const candles = expectedCandles(EXPECTED).filter((one) => one.timeframe === timeframe);
      assert.equal(state.messages, candles.length);
    }
  });

  await t.test('straight into ClickHouse: the same rows and candles', async (t) => {
    const home = await swapsHome(t, { dsn, natsUrl: 'nats://127.0.0.1:1' }, 'straight');
    const client = await openDatabase(t, dsn, 'straight');
    const result = await runCli(t, home, [...WORDS, '--sink', 'clickhouse', '--json']);
    assert.equal(result.code, 0, result.notes);
    assert.equal(swapsReport(result).stored.swaps, BLOCK_SWAPS);
    await assertTables(client);
  });

  await t.test('the summary says what was found, and its queries can be run', async (t) => {
    const home = await swapsHome(t, { dsn, natsUrl: 'nats://127.0.0.1:1' }, 'summary');
    const client = await openDatabase(t, dsn, 'summary');
    const { code, out, notes } = await runCli(t, home, [...WORDS, '--sink', 'clickhouse']);
    assert.equal(code, 0, notes);
    assert.match(out, /│ all +│ 58 +│ 58 +│/);
    assert.match(out, /│ meteora_damm_v1 +│ event-amount-in +│ 2 +│/);
    assert.match(out, /33 transactions hold swaps/);
    assert.match(out, /candles in summary: 53 of 1m, 53 of 5m, 53 of 1h/);
    const queries = out.split('\n').filter((line) => line.startsWith('  SELECT'));
    assert.equal(queries.length, 3);
    for (const query of queries) assert.notDeepEqual(await client.rows(query, never), [], query);
    await client.command('TRUNCATE TABLE summary.swaps', never);
    const lacking = await runCli(t, home, [...WORDS, '--sink', 'clickhouse']);
    assert.equal(lacking.code, 2);
    assert.match(lacking.notes, /swaps holds 0 of the 58 swaps that were decoded/);
  });
});

test('swaps without ClickHouse or NATS say what to set, and end with 1', async (t) => {
  const off = await cliHome(t);
  const { code, notes } = await runCli(t, off, WORDS);
  assert.equal(code, 1);
  assert.match(notes, /error: decoding swaps: .* it is off; .*JETSTREAMER_CLICKHOUSE_MODE/);
});

test('swaps refuses slots and sinks that are none', async (t) => {
  const home = await cliHome(t);
  for (const [words, expected] of [
    [['swaps', '5:4'], /5 is after 4/],
    [['swaps', '588', '--sink', 'kafka'], /Allowed choices are nats, clickhouse/],
    [['swaps'], /expected SLOTS/],
  ] as const) {
    const { code, notes } = await runCli(t, home, words);
    assert.equal(code, 1);
    assert.match(notes, expected);
  }
});
