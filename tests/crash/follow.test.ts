import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { JobEvent } from '../../src/model/job.ts';
import type { CrashPoint } from '../../src/ops/crash-point.ts';
import { type CliHome, cliHome, runCli, startCli } from '../support/cli-process.ts';
import { openDatabase } from '../support/clickhouse-database.ts';
import { freePort } from '../support/free-port.ts';
import { jobOutcome } from '../support/job-outcome.ts';
import { STATS_SPEC } from '../support/job-samples.ts';
import { killService } from '../support/kill-service.ts';
import { chainBeyondSamples } from '../support/recorded-chain.ts';
import { startRpcServer } from '../support/rpc-server.ts';
import { assertUploads, SAMPLE_SLOTS, sampleUploads } from '../support/sample-expectations.ts';
import { sampleStats } from '../support/sample-stats.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import { readAllStats } from '../support/stats-tables.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startTestTree } from '../support/tree-in-process.ts';
import { until } from '../support/until.ts';

/** Goal: a job that follows the chain and was killed anywhere goes on as if nobody had disturbed it. */

const BEHIND = 254_170_970;
const EXPECTED = Object.entries(sampleStats());

const CRASHES: readonly (readonly [CrashPoint, number])[] = [
  ['blocks-before-pack-end', 1],
  ['blocks-before-pack-end', 4],
  ['blocks-after-pack', 3],
  ['worker-after-results', 2],
  ['shard-before-commit', 3],
  ['shard-after-commit', 4],
];

const SETTINGS = {
  MILLRACE_FOLLOW_BATCH_SLOTS: '7',
  MILLRACE_FOLLOW_POLL_MS: '10',
  MILLRACE_RPC_REQUESTS_PER_SECOND: '10000',
};

function homeWith(t: TestContext, dsn: string, database: string): Promise<CliHome> {
  return cliHome(t, {
    ...{ JETSTREAMER_CLICKHOUSE_MODE: 'remote', JETSTREAMER_CLICKHOUSE_DSN: dsn },
    ...{ MILLRACE_CLICKHOUSE_DATABASE: database, ...SETTINGS },
  });
}

test('statistics that are followed and killed at any point end as undisturbed ones', {
  skip: clickhouseMissing,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const dsn = service.url;
  await using server = await startRpcServer({ answer: chainBeyondSamples(BEHIND).answer });
  const variants = ['--with', 'inner', '--with', 'loaded', '--json'];
  const words = ['stats', SAMPLE_SLOTS, '--follow', '--rpc-url', server.url, ...variants];
  const alone = await homeWith(t, dsn, 'alone');
  const undisturbed = await runCli(t, alone, words);
  assert.equal(undisturbed.code, 0, undisturbed.notes);
  for (const [i, [point, pass]] of CRASHES.entries()) {
    await t.test(`${point}, pass ${pass}`, async (t) => {
      const database = `crash_${i}`;
      const home = await homeWith(t, dsn, database);
      const crash = { MILLRACE_CRASH_POINT: `${point}:${pass}` };
      const killed = await runCli(t, home, words, crash);
      assert.equal(killed.code, 'SIGKILL', killed.notes);
      const resumed = await runCli(t, home, words);
      assert.equal(resumed.code, 0, resumed.notes);
      assert.deepEqual(jobOutcome(home), jobOutcome(alone));
      assert.deepEqual(readdirSync(join(home.dataDir, 'follow')), []);
      const rows = await readAllStats(await openDatabase(t, dsn, database));
      for (const [table, expected] of EXPECTED) assert.deepEqual(rows[table], expected, table);
    });
  }
});

test('threads that die again and again are replaced, and no upload is lost', async (t) => {
  await using server = await startRpcServer({ answer: chainBeyondSamples(BEHIND).answer });
  const home = await cliHome(t, SETTINGS);
  const words = ['sessions', SAMPLE_SLOTS, '--follow', '--rpc-url', server.url, '--json'];
  // Threads that fetch and threads that read die at their third batch.
  const result = await runCli(t, home, words, { MILLRACE_CRASH_POINT: 'worker-thread-exit:3' });
  assert.equal(result.code, 0, result.notes);
  assert.match(result.notes, /following the chain: worker thread ended.*trying again/);
  assertUploads(result.sessions(), sampleUploads(588));
});

test('sessions that are followed and killed are delivered once', async (t) => {
  await using server = await startRpcServer({ answer: chainBeyondSamples(BEHIND).answer });
  const words = ['sessions', SAMPLE_SLOTS, '--follow', '--rpc-url', server.url, '--json'];
  for (const [point, pass] of [
    ['records-before-commit', 4],
    ['shard-after-commit', 3],
    ['outbox-before-commit', 2],
    ['delivery-after-post', 3],
  ] as const) {
    const home = await cliHome(t, SETTINGS);
    const crash = { MILLRACE_CRASH_POINT: `${point}:${pass}` };
    const killed = await runCli(t, home, words, crash);
    assert.equal(killed.code, 'SIGKILL', killed.notes);
    const resumed = await runCli(t, home, words);
    assert.equal(resumed.code, 0, resumed.notes);
    assertUploads(resumed.sessions(), sampleUploads(588));
    const { delivered, outbox } = jobOutcome(home);
    assert.deepEqual([delivered.length, outbox.length], [7, 0]);
  }
});

test('an endless job that is interrupted says so, and a supervisor takes it up again', async (t) => {
  const chain = chainBeyondSamples(BEHIND);
  chain.tip = 254_170_900;
  await using server = await startRpcServer({ answer: chain.answer });
  const home = await cliHome(t, SETTINGS);
  const words = ['sessions', '254170887:', '--follow', '--rpc-url', server.url];
  const first = startCli(t, home, words);
  await until('the tip is reached', () => first.notes().includes('behind the finalized tip'));
  first.kill('SIGINT');
  const interrupted = await first.exited;
  assert.equal(interrupted.code, 130, interrupted.notes);
  assert.match(interrupted.notes, /interrupted; running the same command again resumes/);
  assert.equal(jobOutcome(home).jobs[0]?.['state'], 'running');
  chain.tip = BEHIND;
  const up = startCli(t, home, ['up']);
  await until('every upload has arrived', () => {
    const { delivered, ingested } = jobOutcome(home);
    return delivered.length === 7 && ingested.length === 7;
  });
  up.kill('SIGTERM');
  await up.exited;
});

test('ClickHouse killed while the chain is followed comes back, and no row lacks', {
  skip: clickhouseMissing,
}, async (t) => {
  const port = String(await freePort());
  await using server = await startRpcServer({ answer: chainBeyondSamples(BEHIND).answer });
  await using tree = await startTestTree(tempFolder(t), {
    ...{ JETSTREAMER_CLICKHOUSE_MODE: 'embedded', MILLRACE_CLICKHOUSE_PORT: port, ...SETTINGS },
  });
  const follow = { rpcUrl: server.url, start: 254_170_887, end: 254_170_951 };
  const variants = { inner: true, loaded: true };
  let killed = 0;
  const onEvent = (event: JobEvent): void => {
    if (event.type === 'followed' && killed === 0)
      killed = killService(tree.millrace, 'clickhouse');
  };
  const report = await tree.run({ ...STATS_SPEC, variants, range: null, follow }, { onEvent });
  assert.notEqual(killed, 0);
  assert.equal(report.state, 'complete');
  const rows = await readAllStats(await openDatabase(t, `http://127.0.0.1:${port}`, 'millrace'));
  for (const [table, expected] of EXPECTED) assert.deepEqual(rows[table], expected, table);
});
