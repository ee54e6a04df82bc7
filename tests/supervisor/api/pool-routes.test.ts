import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { ChainSwaps } from '../../../src/model/swap.ts';
import { buildCandles } from '../../../src/pipelines/candles/build-candles.ts';
import { ClickhouseClient } from '../../../src/sinks/clickhouse-client.ts';
import { PoolQueries } from '../../../src/sinks/pool-queries.ts';
import { startTestApi } from '../../support/api-server.ts';
import { openDatabase, statsClickhouse } from '../../support/clickhouse-database.ts';
import { freePort } from '../../support/free-port.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';
import { pricedSwapWith, solTrade } from '../../support/swap-samples.ts';
import { writeAll } from '../../support/swap-tables.ts';

/** Goal: the API tells exactly what the tables hold about a pool, page by page, and nothing that was smuggled in. */

const never = new AbortController().signal;
const POOL = '58oQChx4yWmvKdwLLZzBi4ChoCc2fqCUWBkwMihLYQo2';
const OTHER = '7XawhbbxtsRcQA8KTkHT9f9nc6d69UwqCDh6U5EEbEmX';
const SOL = 'So11111111111111111111111111111111111111112';
const USDC = 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v';
const NOON = 1_699_963_200;

/** Two SOL for 300 USDC at noon, others minutes later, one long after, one without time. */
const TRADES: readonly ChainSwaps[] = [
  solTrade(100, NOON, 2_000_000_000n, 300_000_000n),
  solTrade(101, NOON + 20, 1_000_000_000n, 151_000_000n),
  solTrade(110, NOON + 185, 3_000_000_000n, 420_000_000n),
  solTrade(300_000, NOON + 7_200, 1n, 2n),
  solTrade(300_001, null, 5n, 5n),
];
const OTHERS: ChainSwaps = {
  ...{ slot: 105, txIndex: 9, signature: 'both', blockTime: NOON + 60 },
  swaps: [0, 1, 2].map((hop) =>
    pricedSwapWith({ pool: OTHER, hop, mintOut: hop === 2 ? POOL : USDC }),
  ),
};

interface Page {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly [name: string]: any;
}

async function startApi(t: TestContext, client: ClickhouseClient) {
  const api = await startTestApi(t, { pools: () => new PoolQueries(client) });
  return async (path: string): Promise<{ status: number; json: Page }> => {
    const { status, text } = await api.ask(`/api/v1/pools/${path}`);
    return { status, json: JSON.parse(text) };
  };
}

test('what the API tells of pools, with a real ClickHouse', {
  skip: clickhouseMissing,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const client = await openDatabase(t, service.url, 'pools');
  await writeAll(client, [...TRADES, OTHERS]);
  const options = { client, mode: 'all', latenessSeconds: 30, windowsPerPage: 100 } as const;
  await buildCandles({ ...options, publish: async () => {} }, never);

  await t.test('a pool is shown with its pairs and its last swap', async (t) => {
    const get = await startApi(t, client);
    const { status, json } = await get(POOL);
    assert.equal(status, 200);
    assert.deepEqual(json['pairs'], [
      {
        ...{ base_mint: SOL, quote_mint: USDC, base_decimals: 9, quote_decimals: 6, price: '2000' },
        ...{ volume_base: '6000000001', volume_quote: '871000002', trades: 4 },
        ...{ first_hour: NOON, last_hour: NOON + 7_200 },
      },
    ]);
    assert.deepEqual([json['pool'], json['program']], [POOL, 'raydium_amm_v4']);
    assert.deepEqual([json['last_swap'].slot, json['last_swap'].block_time], [300_001, null]);
    const other = await get(OTHER);
    assert.deepEqual(
      other.json['pairs'].map((pair: Page) => [pair['quote_mint'], pair['trades']]),
      [
        [USDC, 2],
        [SOL, 1],
      ],
    );
  });

  await t.test('swaps come newest first, in pages that join without a gap', async (t) => {
    const get = await startApi(t, client);
    const { json } = await get(`${POOL}/swaps`);
    const slots = json['swaps'].map((swap: Page) => swap['slot']);
    assert.deepEqual(slots, [300_001, 300_000, 110, 101, 100]);
    assert.equal(json['next'], null);
    const paged: number[] = [];
    let after = '';
    for (let pages = 0; pages < 5; pages++) {
      const page = await get(`${POOL}/swaps?limit=2${after}`);
      paged.push(...page.json['swaps'].map((swap: Page) => swap['slot']));
      if (page.json['next'] === null) break;
      after = `&after=${page.json['next']}`;
    }
    assert.deepEqual(paged, slots);
    const hops = await get(`${OTHER}/swaps?limit=2`);
    assert.equal(hops.json['next'], '105:9:2:-1:1');
    const rest = await get(`${OTHER}/swaps?limit=2&after=105:9:2:-1:1`);
    assert.deepEqual(
      rest.json['swaps'].map((swap: Page) => swap['position']),
      [{ outer: 2, inner: null, hop: 0 }],
    );
  });

  await t.test('a swap is shown with amounts as texts and its exact price', async (t) => {
    const get = await startApi(t, client);
    const { json } = await get(`${POOL}/swaps?from=${NOON + 20}&to=${NOON + 185}`);
    assert.equal(json['swaps'].length, 1);
    const { user: _, program_id: __, ...swap } = json['swaps'][0];
    assert.deepEqual(swap, {
      ...{ slot: 101, block_time: NOON + 20, signature: 's101', tx_index: 0 },
      ...{
        position: { outer: 2, inner: null, hop: 0 },
        program: 'raydium_amm_v4',
        route: null,
        pool: POOL,
      },
      ...{ mint_in: USDC, decimals_in: 6, amount_in: '151000000', amount_in_net: null },
      ...{ mint_out: SOL, decimals_out: 9, amount_out: '1000000000', amount_out_net: '150000000' },
      ...{ base_mint: SOL, quote_mint: USDC, base_amount: '1000000000', quote_amount: '151000000' },
      ...{ price: '151', confidence: 'checked' },
    });
  });

  await t.test('candles come in the order of time, in pages that join', async (t) => {
    const get = await startApi(t, client);
    const { json } = await get(`${POOL}/candles?tf=1m`);
    assert.deepEqual(json['candles'][0], {
      ...{ start: NOON, open: '150', high: '151', low: '150', close: '151' },
      ...{ volume_base: '3000000000', volume_quote: '451000000', trades: 2 },
      ...{ closed: true, revision: 1, filled: false },
    });
    const starts = json['candles'].map((candle: Page) => candle['start'] - NOON);
    assert.deepEqual(starts, [0, 180, 7_200]);
    const first = await get(`${POOL}/candles?tf=1m&limit=2`);
    assert.equal(first.json['next'], NOON + 180);
    const rest = await get(`${POOL}/candles?tf=1m&limit=2&after=${NOON + 180}`);
    assert.deepEqual(rest.json['candles'], json['candles'].slice(2));
    const bounded = await get(`${POOL}/candles?tf=1m&from=${NOON + 1}&to=${NOON + 7_200}`);
    assert.deepEqual(bounded.json['candles'], json['candles'].slice(1, 2));
    const hours = await get(`${POOL}/candles?tf=1h`);
    assert.deepEqual(
      hours.json['candles'].map((candle: Page) => candle['trades']),
      [3, 1],
    );
  });

  await t.test(
    'gaps are filled with the close before them, up to chain time and no further',
    async (t) => {
      const get = await startApi(t, client);
      const range = `from=${NOON - 120}&to=${NOON + 9_000}`;
      const { json } = await get(`${POOL}/candles?tf=5m&fill=1&${range}`);
      const brief = json['candles'].map((candle: Page) => [
        ...[candle['start'] - NOON, candle['open'], candle['close'], candle['trades']],
        candle['filled'],
      ]);
      const gaps = Array.from({ length: 23 }, (_, n) => [(n + 1) * 300, '140', '140', 0, true]);
      assert.deepEqual(brief, [
        [0, '150', '140', 3, false],
        ...gaps,
        [7_200, '2000', '2000', 1, false],
      ]);
      const page = await get(`${POOL}/candles?tf=5m&fill=1&limit=2&after=${NOON + 600}&${range}`);
      assert.deepEqual(page.json['candles'], json['candles'].slice(3, 5));
      assert.equal(page.json['next'], NOON + 1_200);
    },
  );

  await t.test(
    'of several pairs the one with most trades is shown, another on request',
    async (t) => {
      const get = await startApi(t, client);
      const { json } = await get(`${OTHER}/candles`);
      assert.deepEqual([json['quote_mint'], json['candles'][0].trades], [USDC, 2]);
      const other = await get(`${OTHER}/candles?base=${POOL}&quote=${SOL}`);
      assert.deepEqual([other.json['base_mint'], other.json['candles'][0].trades], [POOL, 1]);
      assert.equal((await get(`${OTHER}/candles?quote=${POOL}`)).status, 404);
    },
  );

  await t.test('what nobody traded with is not found', async (t) => {
    const get = await startApi(t, client);
    for (const path of ['', '/swaps', '/candles', '/candles?fill=1']) {
      const { status, json } = await get(USDC + path);
      assert.deepEqual([status, json['error']], [404, 'NOT_FOUND'], path);
    }
    const outside = await get(`${POOL}/swaps?from=1&to=2`);
    assert.deepEqual([outside.status, outside.json['swaps']], [200, []]);
  });

  await t.test('wrong words are told and never reach a statement', async (t) => {
    const get = await startApi(t, client);
    const evil = "x'%20OR%201=1%20--%20".padEnd(60, 'x');
    for (const path of [
      ...[evil, `${POOL}'/swaps`, `${evil}/candles`, 'short'],
      ...[`${POOL}/swaps?limit=0`, `${POOL}/swaps?limit=1001`, `${POOL}/swaps?limit=x`],
      ...[`${POOL}/swaps?from=-1`, `${POOL}/swaps?to=4294967296`, `${POOL}/swaps?from=1&from=2`],
      ...[
        `${POOL}/swaps?after=1`,
        `${POOL}/swaps?after=1:2:3:4:5)--`,
        `${POOL}/swaps?after=1:2:70000:4:5`,
      ],
      ...[`${POOL}/candles?tf=1d`, `${POOL}/candles?fill=yes`, `${POOL}/candles?after=1:2`],
      ...[`${POOL}/candles?base=${evil}`, `${POOL}/candles?quote=${evil}`],
    ]) {
      const { status, json } = await get(path);
      assert.deepEqual([status, json['error']], [400, 'INVALID'], path);
    }
    const odd = "'; DROP TABLE swaps; --\\";
    const given = { ...OTHERS, txIndex: 10, swaps: [pricedSwapWith({ pool: odd })] };
    await writeAll(client, [given]);
    const page = { from: null, to: null, after: null, limit: 10 };
    const found = await new PoolQueries(client).swaps(odd, page, never);
    assert.deepEqual(
      found.map(({ pool, txIndex }) => [pool, txIndex]),
      [[odd, 10]],
    );
  });

  await t.test('without ClickHouse, or while it is away, the answer is to try again', async (t) => {
    const { ask } = await startTestApi(t);
    assert.equal((await ask(`/api/v1/pools/${POOL}`)).status, 503);
    const link = statsClickhouse(`http://127.0.0.1:${await freePort()}`, 'pools');
    const away = new ClickhouseClient({ ...link, triesMax: 1, random: () => 0 });
    t.after(() => away.close());
    const get = await startApi(t, away);
    for (const path of ['', '/swaps', '/candles']) {
      const { status, json } = await get(POOL + path);
      assert.deepEqual([status, json['error']], [503, 'SINK_UNREACHABLE'], path);
    }
  });
});
