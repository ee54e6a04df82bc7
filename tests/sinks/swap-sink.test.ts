import assert from 'node:assert/strict';
import test from 'node:test';
import type { ChainSwaps, PricedSwap } from '../../src/model/swap.ts';
import type { ClickhouseClient } from '../../src/sinks/clickhouse-client.ts';
import { migrateClickhouse } from '../../src/sinks/clickhouse-migrations.ts';
import { countSwaps } from '../../src/sinks/count-swaps.ts';
import { SwapBatch } from '../../src/sinks/swap-batch.ts';
import { SwapWriter, writeSwaps } from '../../src/sinks/swap-sink.ts';
import { openDatabase, statsClickhouse } from '../support/clickhouse-database.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import { pricedSwapWith } from '../support/swap-samples.ts';
import { readSwaps } from '../support/swap-tables.ts';

/** Goal: swaps stand in ClickHouse exactly as they were decoded, once, whatever was written twice. */

const never = new AbortController().signal;
const USDC = 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v';
const U64_MAX = 2n ** 64n - 1n;

/** Everything that a column can hold, at its ends and where it is missing. */
const EXTREMES: readonly ChainSwaps[] = [
  {
    ...{ slot: 2 ** 40, txIndex: 0xffff_ffff, signature: 'é'.repeat(100), blockTime: 0xffff_ffff },
    swaps: [
      pricedSwapWith({
        ...{ outer: 0xffff, inner: 0x7fff_ffff, hop: 255, route: '', program: 'a' },
        ...{ amountIn: U64_MAX, amountInNet: U64_MAX, amountOut: U64_MAX, amountOutNet: U64_MAX },
        ...{ decimalsIn: 255, decimalsOut: 0, confidence: 'differs' },
      }),
    ],
  },
  {
    ...{ slot: 1, txIndex: 0, signature: 'x', blockTime: null },
    swaps: [
      pricedSwapWith({
        ...{ outer: 0, inner: -1, hop: 0, route: 'jupiter_v6', programId: 'p'.repeat(20_000) },
        ...{ amountIn: 0n, amountInNet: null, amountOut: 0n, amountOutNet: null },
        ...{ decimalsIn: null, decimalsOut: null, confidence: 'generic' },
      }),
      pricedSwapWith({ hop: 1, amountInNet: 0n, amountOutNet: 0n }),
      pricedSwapWith({
        ...{ hop: 2, mintIn: USDC, decimalsIn: 6, mintOut: 'other', decimalsOut: 3 },
        ...{ amountIn: 7n, amountInNet: 5n, amountOut: 3n },
      }),
    ],
  },
];

/** One swap a transaction; every tenth block has no time. */
function manySwaps(count: number): ChainSwaps[] {
  return Array.from({ length: count }, (_, n) => {
    const slot = 1_000 + Math.floor(n / 7);
    const blockTime = slot % 10 === 0 ? null : 1_700_000_000 + slot;
    const swap = pricedSwapWith({
      amountIn: BigInt(n + 1),
      program: n % 3 === 0 ? 'phoenix' : 'x',
    });
    return { slot, txIndex: n % 7, signature: `s${n}`, blockTime, swaps: [swap] };
  });
}

function batchOf(given: readonly ChainSwaps[]): SwapBatch {
  const batch = new SwapBatch();
  for (const one of given) batch.add(one);
  return batch;
}

function writerOf(client: ClickhouseClient, batchRowsMax: number): SwapWriter {
  return new SwapWriter({ client, batchRowsMax, batchBytesMax: 1e9, batchesInFlightMax: 2 });
}

async function countOf(client: ClickhouseClient, table: string): Promise<number> {
  const sql = `SELECT count() AS count FROM ${client.nameOf(table)}`;
  const [row] = await client.rows<{ readonly count: string }>(sql, never);
  return Number(row?.count);
}

/** Name, engine with its version and sorting key of the tables of swaps. */
async function shapes(client: ClickhouseClient): Promise<string[][]> {
  const tables = await client.rows<Record<'name' | 'engine_full' | 'sorting_key', string>>(
    `SELECT name, engine_full, sorting_key FROM system.tables
      WHERE database = '${client.database}' AND match(name, '^(swaps|candle)') ORDER BY name`,
    never,
  );
  return tables.map(({ name, engine_full: engine, sorting_key: key }) => [
    ...[name, engine.split(' ')[0] ?? '', key],
  ]);
}

test('the sink of swaps with a real ClickHouse', { skip: clickhouseMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);

  await t.test(
    'every column comes back as it was given, at its ends and where it is missing',
    async (t) => {
      const client = await openDatabase(t, service.url, 'round_trip');
      await writeSwaps(client, batchOf(EXTREMES), never);
      const inOrder = EXTREMES.toSorted((a, b) => a.slot - b.slot);
      assert.deepEqual(await readSwaps(client), inOrder);
    },
  );

  await t.test('tables of version 2 get those of swaps and keep what they hold', async (t) => {
    const client = await openDatabase(t, service.url, 'from_2');
    const fresh = await shapes(client);
    for (const [name = ''] of fresh) {
      await client.command(`DROP TABLE ${client.nameOf(name)} SYNC`, never);
    }
    const versions = client.nameOf('millrace_migrations');
    await client.command(`TRUNCATE TABLE ${versions}`, never);
    await client.command(`INSERT INTO ${versions} (version) VALUES (1), (2)`, never);
    const slots = client.nameOf('jetstreamer_slot_status');
    await client.command(`INSERT INTO ${slots} (slot) VALUES (7)`, never);
    await Promise.all([migrateClickhouse(client, never), migrateClickhouse(client, never)]);
    assert.deepEqual(await shapes(client), fresh);
    const candle = ['ReplacingMergeTree(version)', 'pool, base_mint, quote_mint, start'];
    assert.deepEqual(fresh, [
      [
        ...['candle_touches', 'CollapsingMergeTree(sign)'],
        'seconds, start, pool, base_mint, quote_mint, batch',
      ],
      ['candle_work', 'MergeTree', 'pool, base_mint, quote_mint, start'],
      ...['candles_1h', 'candles_1m', 'candles_5m'].map((name) => [name, ...candle]),
      ['swaps', 'ReplacingMergeTree(version)', 'slot, tx_index, outer, inner, hop'],
    ]);
    assert.equal(await countOf(client, 'jetstreamer_slot_status'), 1);
  });

  await t.test('a batch filled again holds nothing of what it held before', async (t) => {
    const client = await openDatabase(t, service.url, 'filled_again');
    const batch = batchOf(EXTREMES);
    batch.clear();
    assert.equal(batch.rows, 0);
    assert.equal(batch.bytes, 0);
    const given = manySwaps(3_000);
    for (const one of given) batch.add(one);
    await writeSwaps(client, batch, never);
    assert.deepEqual(await readSwaps(client), given);
  });

  await t.test('what is written again, in one batch or in another, stands once', async (t) => {
    const client = await openDatabase(t, service.url, 'again');
    const given = manySwaps(500);
    await writeSwaps(client, batchOf([...given, ...given]), never);
    await writeSwaps(client, batchOf(given.toReversed()), never);
    assert.deepEqual(await readSwaps(client), given);
  });

  await t.test('a replay that knows no block times takes none away', async (t) => {
    const client = await openDatabase(t, service.url, 'times');
    const given = manySwaps(20);
    await writeSwaps(client, batchOf(given), never);
    await writeSwaps(client, batchOf(given.map((one) => ({ ...one, blockTime: null }))), never);
    assert.deepEqual(await readSwaps(client), given);
  });

  await t.test('a number that does not fit is told, and nothing of its transaction is kept', () => {
    const batch = new SwapBatch();
    const swap = pricedSwapWith({});
    const wrong: readonly Partial<PricedSwap>[] = [
      { amountIn: U64_MAX + 1n },
      { amountOutNet: -1n },
      { amountOut: 2n ** 80n },
      { outer: 0x1_0000 },
      { inner: -2 },
      { hop: 256 },
      { decimalsOut: 256 },
    ];
    const place = { slot: 1, txIndex: 2, signature: 's', blockTime: 60 };
    for (const change of wrong) {
      const given = { ...place, swaps: [swap, { ...swap, ...change }] };
      assert.throws(() => batch.add(given), { code: 'RECORD_MALFORMED', retryable: false });
    }
    for (const blockTime of [-1, 2 ** 32]) {
      const given = { ...place, blockTime, swaps: [swap] };
      assert.throws(() => batch.add(given), { code: 'RECORD_MALFORMED' });
    }
    assert.deepEqual([batch.rows, batch.bytes, batch.touches.rows], [0, 0, 0]);
  });

  await t.test(
    'a batch touches each minute of a pool once, with the slots it wrote there',
    async (t) => {
      const client = await openDatabase(t, service.url, 'touches');
      const at = (slot: number, blockTime: number | null, pool: string): ChainSwaps => ({
        ...{ slot, txIndex: 0, signature: 's', blockTime },
        swaps: [pricedSwapWith({ pool })],
      });
      const given = [
        at(7, 119, 'p'),
        at(5, 60, 'p'),
        at(9, 120, 'p'),
        at(6, 61, 'q'),
        at(8, null, 'q'),
      ];
      await writeSwaps(client, batchOf(given), never);
      const sql = `SELECT toUnixTimestamp(start) AS start, pool, toUInt32(slot_first) AS first,
      toUInt32(slot_last) AS last, seconds, sign FROM ${client.nameOf('candle_touches')} ORDER BY start, pool`;
      const row = { seconds: 60, sign: 1 };
      assert.deepEqual(await client.rows(sql, never), [
        { start: 60, pool: 'p', first: 5, last: 7, ...row },
        { start: 60, pool: 'q', first: 6, last: 6, ...row },
        { start: 120, pool: 'p', first: 9, last: 9, ...row },
      ]);
    },
  );

  await t.test('more programs than a byte numbers arrive by their names', async (t) => {
    const client = await openDatabase(t, service.url, 'programs');
    const given = Array.from({ length: 300 }, (_, n) => ({
      ...{ slot: 1_000 + n, txIndex: 0, signature: `s${n}`, blockTime: 1_700_000_000 },
      swaps: [pricedSwapWith({ program: `program ${n}`, programId: `id ${n}` })],
    }));
    await writeSwaps(client, batchOf(given), never);
    assert.deepEqual(await readSwaps(client), given);
  });

  await t.test('many batches in flight arrive whole', async (t) => {
    const client = await openDatabase(t, service.url, 'many');
    const given = manySwaps(2_000);
    const writer = writerOf(client, 100);
    for (const one of given) if (writer.add(one)) await writer.flush(never);
    await writer.drain(never);
    await writer.close();
    assert.deepEqual(await readSwaps(client), given);
    assert.ok((await countOf(client, 'candle_touches')) > 0);
  });

  await t.test(
    'touches that are refused fail the batch, since its candles would not be built',
    async (t) => {
      const client = await openDatabase(t, service.url, 'refused');
      await client.command(`DROP TABLE ${client.nameOf('candle_touches')}`, never);
      const writer = writerOf(client, 10);
      for (const one of manySwaps(10)) writer.add(one);
      await assert.rejects(writer.drain(never), { code: 'SINK_REFUSED' });
      for (const one of manySwaps(1)) writer.add(one);
      await assert.rejects(writer.flush(never), { code: 'SINK_REFUSED' });
      await writer.close();
    },
  );

  await t.test('the summary counts swaps once, by program, and those without time', async (t) => {
    const client = await openDatabase(t, service.url, 'counted');
    const given = manySwaps(700);
    await writeSwaps(client, batchOf([...given, ...given]), never);
    const link = statsClickhouse(service.url, 'counted');
    const counts = await countSwaps(link, { start: 1_000, end: 1_050 }, never);
    const inRange = given.filter(({ slot }) => slot < 1_050);
    const phoenix = inRange.filter(({ swaps }) => swaps[0]?.program === 'phoenix').length;
    assert.deepEqual(counts, {
      programs: [
        { program: 'x', swaps: inRange.length - phoenix },
        { program: 'phoenix', swaps: phoenix },
      ],
      swaps: inRange.length,
      withoutTime: inRange.filter(({ blockTime }) => blockTime === null).length,
      candles: { '1m': 0, '5m': 0, '1h': 0 },
    });
  });
});
