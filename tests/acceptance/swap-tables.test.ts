import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { buildCandles } from '../../src/pipelines/candles/build-candles.ts';
import { countSwaps } from '../../src/sinks/count-swaps.ts';
import { expectedCandles, factsOf, readCandles } from '../support/candle-oracle.ts';
import { openDatabase, statsClickhouse } from '../support/clickhouse-database.ts';
import { REAL_SLOT, realSwaps } from '../support/real-swaps.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import { readSwaps, writeAll } from '../support/swap-tables.ts';

/** Goal: the swaps of a whole real block stand in the tables as others found them, and its candles are made of them. */

const never = new AbortController().signal;

interface ExpectedSwap {
  readonly pool: string;
  readonly amount_in: string;
  readonly amount_out: string;
  readonly verdict: string;
}

const expected: readonly ExpectedSwap[] = JSON.parse(
  readFileSync(new URL(`../fixtures/dex/expected-${REAL_SLOT}.json`, import.meta.url), 'utf8'),
);

/** For each pool the number of swaps and the sum of everything that went in and out. */
function tally(
  swaps: readonly { readonly pool: string; readonly moved: bigint; readonly count: number }[],
): Record<string, readonly [number, bigint]> {
  const sums: Record<string, readonly [number, bigint]> = {};
  for (const { pool, moved, count } of swaps) {
    const [trades, sum] = sums[pool] ?? [0, 0n];
    sums[pool] = [trades + count, sum + moved];
  }
  return sums;
}

test('the swaps and candles of a real block', { skip: clickhouseMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const client = await openDatabase(t, service.url, 'real');
  const swaps = await realSwaps(t);
  await writeAll(client, swaps.toReversed());
  await writeAll(client, swaps);
  assert.deepEqual(await readSwaps(client), swaps);

  const options = { client, mode: 'all', latenessSeconds: 0, windowsPerPage: 7 } as const;
  await buildCandles({ ...options, publish: async () => {} }, never);
  const candles = await readCandles(client);
  assert.deepEqual(candles.map(factsOf), expectedCandles(swaps));

  const traded = expected.filter(({ verdict }) => verdict !== 'none');
  const fromOthers = traded.map(({ pool, amount_in, amount_out }) => ({
    ...{ pool, count: 1, moved: BigInt(amount_in) + BigInt(amount_out) },
  }));
  for (const wanted of ['1m', '5m', '1h'] as const) {
    const ours = candles
      .filter(({ timeframe }) => timeframe === wanted)
      .map(({ pool, trades, volumeBase, volumeQuote }) => ({
        ...{ pool, count: trades, moved: volumeBase + volumeQuote },
      }));
    assert.deepEqual(tally(ours), tally(fromOthers));
  }

  const link = statsClickhouse(service.url, 'real');
  const counts = await countSwaps(link, { start: REAL_SLOT, end: REAL_SLOT + 1 }, never);
  const each = candles.length / 3;
  assert.deepEqual([counts.swaps, counts.withoutTime], [traded.length, 0]);
  assert.deepEqual(counts.candles, { '1m': each, '5m': each, '1h': each });
});
