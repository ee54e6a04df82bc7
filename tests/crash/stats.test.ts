import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { JobEvent, StatsJobSpec } from '../../src/model/job.ts';
import type { CrashPoint } from '../../src/ops/crash-point.ts';
import { type CliHome, cliHome, runCli, SAMPLES } from '../support/cli-process.ts';
import { openDatabase } from '../support/clickhouse-database.ts';
import { freePort } from '../support/free-port.ts';
import { jobOutcome } from '../support/job-outcome.ts';
import { JOB_SPEC } from '../support/job-samples.ts';
import { killService } from '../support/kill-service.ts';
import { SAMPLE_STATS_SLOTS, sampleStats } from '../support/sample-stats.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import { readAllStats } from '../support/stats-tables.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startTestTree } from '../support/tree-in-process.ts';

/** Goal: a job of statistics that was killed anywhere and run again leaves the rows and the books of an undisturbed one. */

const VARIANTS = ['--with', 'inner', '--with', 'loaded'];
const WORDS = ['stats', SAMPLE_STATS_SLOTS, '--archive', SAMPLES, ...VARIANTS, '--json'];

const CRASHES: readonly (readonly [CrashPoint, number])[] = [
  ['worker-after-fetch', 2],
  ['worker-after-results', 1],
  ['worker-after-results', 3],
  ['shard-before-commit', 1],
  ['shard-before-commit', 5],
  ['shard-after-commit', 6],
];

function homeWith(t: TestContext, dsn: string, database: string): Promise<CliHome> {
  return cliHome(t, {
    JETSTREAMER_CLICKHOUSE_MODE: 'remote',
    JETSTREAMER_CLICKHOUSE_DSN: dsn,
    MILLRACE_CLICKHOUSE_DATABASE: database,
    MILLRACE_SHARD_SLOTS: '7',
  });
}

async function assertGolden(t: TestContext, dsn: string, database: string) {
  const tables = await readAllStats(await openDatabase(t, dsn, database));
  for (const [table, rows] of Object.entries(sampleStats())) {
    assert.deepEqual(tables[table], rows, table);
  }
  return tables;
}

test('a job of statistics killed at any point ends as an undisturbed one', {
  skip: clickhouseMissing,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const dsn = service.url;
  const alone = await homeWith(t, dsn, 'alone');
  const undisturbed = await runCli(t, alone, WORDS);
  assert.equal(undisturbed.code, 0, undisturbed.notes);
  const expected = await assertGolden(t, dsn, 'alone');
  for (const [i, [point, pass]] of CRASHES.entries()) {
    await t.test(`${point}, pass ${pass}`, async (t) => {
      const database = `crash_${i}`;
      const home = await homeWith(t, dsn, database);
      const crash = { MILLRACE_CRASH_POINT: `${point}:${pass}` };
      const killed = await runCli(t, home, WORDS, crash);
      assert.equal(killed.code, 'SIGKILL', killed.notes);
      const resumed = await runCli(t, home, WORDS);
      assert.equal(resumed.code, 0, resumed.notes);
      if (pass > 3) assert.match(resumed.notes, /\((?!0 )\d+ done before\)/);
      assert.deepEqual(await assertGolden(t, dsn, database), expected);
      assert.deepEqual(jobOutcome(home), jobOutcome(alone));
    });
  }
  await t.test('threads that die again and again', async (t) => {
    const home = await homeWith(t, dsn, 'threads');
    const result = await runCli(t, home, WORDS, { MILLRACE_CRASH_POINT: 'worker-thread-exit:3' });
    assert.equal(result.code, 0, result.notes);
    assert.match(result.notes, /worker thread ended.*trying again/);
    assert.deepEqual(await assertGolden(t, dsn, 'threads'), expected);
  });
});

test('a supervisor killed together with its own ClickHouse resumes with the rows that were accepted', {
  skip: clickhouseMissing,
}, async (t) => {
  const port = await freePort();
  const home = await cliHome(t, {
    JETSTREAMER_CLICKHOUSE_MODE: 'embedded',
    MILLRACE_CLICKHOUSE_PORT: String(port),
    MILLRACE_SHARD_SLOTS: '7',
  });
  const crash = { MILLRACE_CRASH_POINT: 'shard-after-commit:4' };
  assert.equal((await runCli(t, home, WORDS, crash)).code, 'SIGKILL');
  const resumed = await runCli(t, home, WORDS);
  assert.equal(resumed.code, 0, resumed.notes);
  assert.match(resumed.notes, /\([45] done before\)/);
  const service = await embeddedClickhouse(t, { root: home.dataDir, port });
  await startService(t, service);
  await assertGolden(t, service.url, 'millrace');
});

test('ClickHouse killed in the middle of a job of statistics comes back, and no row lacks', {
  skip: clickhouseMissing,
}, async (t) => {
  const port = String(await freePort());
  await using tree = await startTestTree(tempFolder(t), {
    ...{ JETSTREAMER_CLICKHOUSE_MODE: 'embedded', MILLRACE_CLICKHOUSE_PORT: port },
    MILLRACE_SHARD_SLOTS: '5',
  });
  const spec: StatsJobSpec = {
    ...{ kind: 'stats', verify: 'all', variants: { inner: true, loaded: true } },
    ...{ range: { start: 254_170_887, end: 254_170_951 }, follow: null },
    archive: { ...JOB_SPEC.archive, carBase: SAMPLES, indexBase: SAMPLES },
  };
  let killed = 0;
  const onEvent = (event: JobEvent): void => {
    if (event.type !== 'progress' || event.shardsDone < 3 || killed !== 0) return;
    killed = killService(tree.millrace, 'clickhouse');
  };
  const report = await tree.run(spec, { onEvent });
  assert.notEqual(killed, 0, 'the job was over before the engine was killed');
  assert.equal(report.state, 'complete');
  await assertGolden(t, `http://127.0.0.1:${port}`, 'millrace');
});
