import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { Candle } from '../../src/model/candle.ts';
import type { CrashPoint } from '../../src/ops/crash-point.ts';
import { expectedCandles, factsOf, readCandles } from '../support/candle-oracle.ts';
import { openDatabase } from '../support/clickhouse-database.ts';
import { PublishedCandles } from '../support/published-candles.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import { solTrade } from '../support/swap-samples.ts';
import { writeAll } from '../support/swap-tables.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: a builder of candles killed anywhere loses no revision and gives none two contents. */

const SCRIPT = new URL('../support/children/build-candles.ts', import.meta.url).pathname;
const START = 1_699_963_200;

/** Five minutes and an hour change page and length: passes 1 and 2 are of minutes, 4 of a longer window. */
const CRASHES: readonly (readonly [CrashPoint, number])[] = [
  ['candles-before-publish', 1],
  ['candles-before-publish', 2],
  ['candles-before-publish', 4],
  ['candles-after-publish', 1],
  ['candles-after-publish', 4],
  ['candles-before-settle', 2],
  ['candles-before-settle', 3],
];

/** Trades every 47 seconds, so that every window has some. */
function trades(from: number, to: number) {
  return Array.from({ length: to - from }, (_, n) =>
    solTrade(from + n, START + (from + n) * 47, BigInt(from + n + 1), BigInt(((from + n) * 7) % 5)),
  );
}

async function run(args: readonly string[]): Promise<NodeJS.Signals | number | null> {
  const stdio = ['ignore', 'inherit', 'inherit'] as const;
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, ...args], {
    stdio: [...stdio],
  });
  const [code, signal] = await once(child, 'exit');
  return signal ?? code;
}

function readPublished(file: string): PublishedCandles {
  const published = new PublishedCandles();
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const bigints = (_: string, value: unknown): unknown =>
      typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
    published.add(JSON.parse(line, bigints) as Candle);
  }
  return published;
}

test('a builder of candles killed at any point', { skip: clickhouseMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  for (const [i, [point, pass]] of CRASHES.entries()) {
    await t.test(`${point}, pass ${pass}`, async (t) => {
      const database = `crash_${i}`;
      const client = await openDatabase(t, service.url, database);
      const file = join(tempFolder(t), 'published');
      const args = [service.url, database, file];
      await writeAll(client, trades(0, 8));
      assert.equal(await run([...args, point, String(pass)]), 'SIGKILL', `${point} was not passed`);
      // Swaps that come before the next start change windows that were under way.
      await writeAll(client, trades(5, 14));
      assert.equal(await run(args), 0);
      const candles = await readCandles(client);
      assert.deepEqual(candles.map(factsOf), expectedCandles(trades(0, 14)));
      const published = readPublished(file);
      assert.equal(published.latest.size, candles.length);
      for (const candle of candles) assert.deepEqual(published.latestOf(candle), candle);
    });
  }
});
