import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { ChainSwaps } from '../../../src/model/swap.ts';
import { type BuildOptions, buildCandles } from '../../../src/pipelines/candles/build-candles.ts';
import type { ClickhouseClient } from '../../../src/sinks/clickhouse-client.ts';
import { expectedCandles, factsOf, isGreater, readCandles } from '../../support/candle-oracle.ts';
import { openDatabase } from '../../support/clickhouse-database.ts';
import { PublishedCandles } from '../../support/published-candles.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';
import { pricedSwapWith, solTrade } from '../../support/swap-samples.ts';
import { writeAll } from '../../support/swap-tables.ts';

/** Goal: candles are what the swaps make them, to the last unit, however and in which order the swaps came. */

const never = new AbortController().signal;
const LATENESS_SECONDS = 30;
const USDC = 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v';
const SOL = 'So11111111111111111111111111111111111111112';
const NOON = 1_699_963_200;

function build(client: ClickhouseClient, given: Partial<BuildOptions> = {}) {
  const options: BuildOptions = {
    ...{ client, mode: 'all', latenessSeconds: LATENESS_SECONDS, windowsPerPage: 1_000 },
    publish: async () => {},
    ...given,
  };
  return buildCandles(options, never);
}

const U64_MAX = 2n ** 64n - 1n;
/** Small numbers make equal prices of different amounts; the ends make prices that only exact arithmetic tells apart. */
const amount = fc.oneof(
  fc.bigInt({ min: 0n, max: 4n }),
  fc.bigInt({ min: U64_MAX - 3n, max: U64_MAX }),
  fc.bigInt({ min: 0n, max: U64_MAX }),
);
const chain = fc
  .array(
    fc.record({
      pool: fc.constantFrom('a', 'b'),
      other: fc.constantFrom(SOL, 'token'),
      sold: fc.boolean(),
      ...{ amountIn: amount, amountOut: amount },
      outer: fc.constantFrom(0, 3),
      inner: fc.constantFrom(-1, 0, 7),
      decimals: fc.constantFrom(null, 9),
      ...{
        laterBy: fc.constantFrom(0, 0, 1, 40, 200, 2_000),
        timeKnown: fc.constantFrom(true, true, false),
      },
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((made) => {
    let blockTime = NOON;
    return made.map((one, n): ChainSwaps => {
      blockTime += one.laterBy;
      const other = { mint: one.other, decimals: one.decimals };
      const [came, went] = one.sold
        ? [other, { mint: USDC, decimals: 6 }]
        : [{ mint: USDC, decimals: 6 }, other];
      const swap = pricedSwapWith({
        ...{ pool: one.pool, outer: one.outer, inner: one.inner, hop: n % 3 },
        ...{ mintIn: came.mint, decimalsIn: came.decimals, amountIn: one.amountIn },
        ...{ mintOut: went.mint, decimalsOut: went.decimals, amountOut: one.amountOut },
        amountInNet: n % 2 === 0 ? one.amountIn : null,
      });
      const place = { slot: 100 + Math.floor(n / 3), txIndex: n % 3, signature: `s${n}` };
      return { ...place, blockTime: one.timeKnown ? blockTime : null, swaps: [swap] };
    });
  });

test('candles in a real ClickHouse', { skip: clickhouseMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);

  await t.test('shuffled, doubled and late delivery give the candles of the swaps', async (t) => {
    const client = await openDatabase(t, service.url, 'any_order');
    const tables = ['swaps', 'candle_touches', 'candles_1m', 'candles_5m', 'candles_1h'];
    const delivery = fc.array(
      fc.record({ from: fc.nat(39), mode: fc.constantFrom('all', 'closed', null) }),
      { minLength: 1, maxLength: 3 },
    );
    const property = fc.asyncProperty(
      chain.chain((swaps) =>
        fc.record({
          swaps: fc.constant(swaps),
          shuffled: fc.shuffledSubarray(swaps, { minLength: swaps.length }),
          ...{ delivery, windowsPerPage: fc.constantFrom(4, 1_000) },
        }),
      ),
      async ({ swaps, shuffled, delivery, windowsPerPage }) => {
        for (const table of tables) {
          await client.command(`TRUNCATE TABLE ${client.nameOf(table)}`, never);
        }
        const published = new PublishedCandles();
        const given = { windowsPerPage, publish: published.take };
        for (const { from, mode } of delivery) {
          await writeAll(client, shuffled.slice(from));
          if (mode !== null) await build(client, { ...given, mode });
        }
        await writeAll(client, shuffled);
        await build(client, given);
        const candles = await readCandles(client);
        assert.deepEqual(candles.map(factsOf), expectedCandles(swaps));
        assert.equal(published.latest.size, candles.length);
        for (const candle of candles) {
          assert.deepEqual(published.latestOf(candle), candle);
          if (candle.open.base === 0n) continue;
          for (const price of [candle.open, candle.close]) {
            assert.ok(!isGreater(candle.low, price) && !isGreater(price, candle.high));
          }
        }
      },
    );
    await fc.assert(property, { numRuns: 8 });
  });

  await t.test('a replay makes no revision and hands nothing on', async (t) => {
    const client = await openDatabase(t, service.url, 'replay');
    const swaps = [
      solTrade(1, NOON, 5n, 7n),
      solTrade(2, NOON + 70, 3n, 2n),
      solTrade(3, NOON + 4_000, 1n, 1n),
    ];
    await writeAll(client, swaps);
    const first = await build(client);
    assert.deepEqual(first, { windows: 7, published: 7, watermark: NOON + 4_000 });
    const before = await readCandles(client);
    await writeAll(client, swaps);
    const again = await build(client);
    assert.equal(again.published, 0);
    assert.ok(again.windows > 0);
    assert.deepEqual(await readCandles(client), before);
    assert.deepEqual(
      before.map(({ revision }) => revision),
      before.map(() => 1),
    );
  });

  await t.test(
    'a window closes with chain time and its lateness, and a late swap is a revision',
    async (t) => {
      const client = await openDatabase(t, service.url, 'closing');
      const published = new PublishedCandles();
      const options = { mode: 'closed', publish: published.take } as const;
      const states = async () =>
        (await readCandles(client))
          .filter(({ timeframe }) => timeframe === '1m')
          .map(({ start, revision, closed, trades }) => [start - NOON, revision, closed, trades]);
      await writeAll(client, [solTrade(1, NOON, 5n, 7n)]);
      await writeAll(client, [solTrade(2, NOON + 89, 5n, 7n)]);
      assert.equal((await build(client, options)).windows, 0);
      await writeAll(client, [solTrade(3, NOON + 90, 5n, 7n)]);
      await build(client, options);
      assert.deepEqual(await states(), [[0, 1, true, 1]]);
      await build(client, { ...options, mode: 'all' });
      assert.deepEqual(await states(), [
        [0, 1, true, 1],
        [60, 1, false, 2],
      ]);
      await writeAll(client, [solTrade(4, NOON + 3_629, 5n, 7n), solTrade(5, NOON + 1, 1n, 9n)]);
      await build(client, options);
      assert.deepEqual(await states(), [
        [0, 2, true, 2],
        [60, 2, true, 2],
      ]);
      const hour = [...published.latest.values()].find(({ timeframe }) => timeframe === '1h');
      assert.deepEqual([hour?.trades, hour?.closed], [3, false]);
      await writeAll(client, [solTrade(7, NOON + 3_630, 5n, 7n)]);
      await build(client, options);
      const closed = [...published.latest.values()].find(({ timeframe }) => timeframe === '1h');
      assert.deepEqual([closed?.trades, closed?.closed, closed?.start], [4, true, NOON]);
    },
  );

  await t.test(
    'windows far apart are worked on apart: all swaps between two are read',
    async (t) => {
      const client = await openDatabase(t, service.url, 'far_apart');
      const near = [solTrade(1, NOON, 5n, 7n), solTrade(2, NOON + 70, 3n, 2n)];
      const far = [solTrade(900_001, NOON + 400_000, 1n, 1n)];
      await writeAll(client, [...near, ...far]);
      const together: number[][] = [];
      const { published } = await build(client, {
        publish: async (candles) => void together.push(candles.map(({ start }) => start - NOON)),
      });
      assert.equal(published, 7);
      const minutes = [[0, 60], [400_000 - (400_000 % 60)]];
      assert.deepEqual(together.slice(0, 2), minutes);
      assert.equal(together.length, 6);
    },
  );

  await t.test('swaps without a price count in volume and trades only', async (t) => {
    const client = await openDatabase(t, service.url, 'no_price');
    const none = { quote: 0n, base: 0n };
    await writeAll(client, [solTrade(1, NOON, 0n, 7n), solTrade(2, NOON + 1, 4n, 0n)]);
    await build(client);
    const [empty] = await readCandles(client);
    assert.deepEqual(
      [empty?.open, empty?.high, empty?.low, empty?.close],
      [none, none, none, none],
    );
    assert.deepEqual([empty?.trades, empty?.volumeBase, empty?.volumeQuote], [2, 4n, 7n]);
    await writeAll(client, [solTrade(3, NOON + 2, 5n, 6n)]);
    await build(client);
    const [traded] = await readCandles(client);
    const price = { quote: 6n, base: 5n };
    assert.deepEqual([traded?.open, traded?.low, traded?.revision], [price, price, 2]);
    assert.deepEqual([traded?.trades, traded?.volumeBase, traded?.volumeQuote], [3, 9n, 13n]);
  });

  await t.test('what could not be handed on comes first the next time, as it was', async (t) => {
    const client = await openDatabase(t, service.url, 'refused');
    const published = new PublishedCandles();
    await writeAll(client, [solTrade(1, NOON, 5n, 7n)]);
    const refuse = () => Promise.reject(new Error('away'));
    await assert.rejects(build(client, { publish: refuse }), /away/);
    await writeAll(client, [solTrade(2, NOON + 1, 5n, 8n)]);
    await build(client, { publish: published.take });
    const revisions = [...published.byRevision.values()].filter(
      ({ timeframe }) => timeframe === '1m',
    );
    assert.deepEqual(
      revisions.map(({ revision, trades }) => [revision, trades]),
      [
        [1, 1],
        [2, 2],
      ],
    );
  });
});
