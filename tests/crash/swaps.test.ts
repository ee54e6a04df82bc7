import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { CrashPoint } from '../../src/ops/crash-point.ts';
import { blockSwaps } from '../support/block-swaps.ts';
import { expectedCandles, factsOf, readCandles } from '../support/candle-oracle.ts';
import { runCli, SAMPLES } from '../support/cli-process.ts';
import { openDatabase } from '../support/clickhouse-database.ts';
import { jobOutcome } from '../support/job-outcome.ts';
import { natsMissing, openNats } from '../support/nats-server.ts';
import { SAMPLE_STATS_SLOTS } from '../support/sample-stats.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import { readSwaps } from '../support/swap-tables.ts';
import { type SwapsServers, swapsHome } from '../support/swaps-home.ts';

/** Goal: a job of swaps that was killed anywhere and run again leaves the rows, the candles and the books of an undisturbed one. */

const WORDS = ['swaps', SAMPLE_STATS_SLOTS, '--archive', SAMPLES, '--json'];
const SWAPS = blockSwaps();
const CANDLES = expectedCandles(SWAPS);

/** The first shard holds all swaps. */
const CRASHES: readonly (readonly [CrashPoint, number])[] = [
  ['worker-after-fetch', 1],
  ['worker-after-results', 1],
  ['shard-before-commit', 1],
  ['shard-after-commit', 1],
  ['shard-after-commit', 6],
];

async function assertTables(t: TestContext, dsn: string, database: string): Promise<void> {
  const client = await openDatabase(t, dsn, database);
  assert.deepEqual(await readSwaps(client), SWAPS);
  assert.deepEqual((await readCandles(client)).map(factsOf), CANDLES);
}

test('a job of swaps killed at any point ends as an undisturbed one', {
  skip: clickhouseMissing || natsMissing,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const nats = await openNats(t);
  const servers: SwapsServers = { dsn: service.url, natsUrl: nats.service.url };
  const alone = await swapsHome(t, servers, 'alone');
  const direct = ['--sink', 'clickhouse'];
  const undisturbed = await runCli(t, alone, [...WORDS, ...direct]);
  assert.equal(undisturbed.code, 0, undisturbed.notes);
  await assertTables(t, servers.dsn, 'alone');
  for (const [i, [point, pass]] of CRASHES.entries()) {
    await t.test(`${point}, pass ${pass}`, async (t) => {
      const database = `crash_${i}`;
      const home = await swapsHome(t, servers, database);
      const crash = { MILLRACE_CRASH_POINT: `${point}:${pass}` };
      const killed = await runCli(t, home, [...WORDS, ...direct], crash);
      assert.equal(killed.code, 'SIGKILL', killed.notes);
      const resumed = await runCli(t, home, [...WORDS, ...direct]);
      assert.equal(resumed.code, 0, resumed.notes);
      await assertTables(t, servers.dsn, database);
      assert.deepEqual(jobOutcome(home), jobOutcome(alone));
    });
  }
  await t.test(
    'over NATS, killed when the stream has everything and no shard is done',
    async (t) => {
      const home = await swapsHome(t, servers, 'over_nats');
      const crash = { MILLRACE_CRASH_POINT: 'worker-after-results:1' };
      const killed = await runCli(t, home, WORDS, crash);
      assert.equal(killed.code, 'SIGKILL', killed.notes);
      const resumed = await runCli(t, home, WORDS);
      assert.equal(resumed.code, 0, resumed.notes);
      await assertTables(t, servers.dsn, 'over_nats');
    },
  );
});
