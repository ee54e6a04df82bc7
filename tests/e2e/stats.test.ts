import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { StatsJobReport } from '../../src/model/job.ts';
import {
  type CliExit,
  type CliHome,
  cliHome,
  runCli,
  SAMPLES,
  startCli,
} from '../support/cli-process.ts';
import { openDatabase } from '../support/clickhouse-database.ts';
import { freePort } from '../support/free-port.ts';
import { SAMPLE_STATS_SLOTS, sampleStats } from '../support/sample-stats.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../support/services.ts';
import { readAllStats } from '../support/stats-tables.ts';
import { until } from '../support/until.ts';

/** Goal: `stats` fills every table with what the chain did, once, however often and by whichever process it is run. */

const never = new AbortController().signal;
const WORDS = ['stats', SAMPLE_STATS_SLOTS, '--archive', SAMPLES];
const ALL = [...WORDS, '--with', 'inner', '--with', 'loaded'];
const SLOTS = 50;

/** A home whose commands use a database of their own in a ClickHouse that stays up. */
async function homeWith(t: TestContext, dsn: string, database: string) {
  const home = await cliHome(t, {
    JETSTREAMER_CLICKHOUSE_MODE: 'remote',
    JETSTREAMER_CLICKHOUSE_DSN: dsn,
    MILLRACE_CLICKHOUSE_DATABASE: database,
    MILLRACE_SHARD_SLOTS: '7',
  });
  return { home, client: await openDatabase(t, dsn, database) };
}

function reportOf({ out, code, notes }: CliExit): StatsJobReport {
  assert(out.startsWith('{'), `${code}: ${notes}`);
  return JSON.parse(out);
}

function rowsOf({ tables }: StatsJobReport): Readonly<Record<string, number>> {
  return Object.fromEntries(tables.map(({ table, rows }) => [table, rows]));
}

function rowsExpected(): Readonly<Record<string, number>> {
  const counts = Object.entries(sampleStats()).map(([table, rows]) => [table, rows.length]);
  return { ...Object.fromEntries(counts), jetstreamer_slot_status: SLOTS };
}

test('stats into a real ClickHouse', { skip: clickhouseMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const dsn = service.url;

  await t.test(
    'every table counts as the JSON of the blocks does, again and afresh too',
    async (t) => {
      const { home, client } = await homeWith(t, dsn, 'whole');
      const first = await runCli(t, home, [...ALL, '--json']);
      assert.equal(first.code, 0, first.notes);
      const report = reportOf(first);
      assert.deepEqual([report.state, report.alreadyComplete], ['complete', false]);
      assert.deepEqual([report.audit.done, report.audit.skipped], [SLOTS, 64 - SLOTS]);
      assert.equal(report.counters.transactions, 671);
      assert.deepEqual(rowsOf(report), rowsExpected());
      const tables = await readAllStats(client);
      for (const [table, rows] of Object.entries(sampleStats())) {
        assert.deepEqual(tables[table], rows, table);
      }
      assert.equal(tables['jetstreamer_slot_status']?.length, SLOTS);
      const again = reportOf(await runCli(t, home, [...ALL, '--json']));
      assert.deepEqual([again.state, again.alreadyComplete], ['complete', true]);
      assert.deepEqual(again.tables, report.tables);
      const fresh = await runCli(t, home, [...ALL, '--fresh', '--json']);
      assert.equal(fresh.code, 0, fresh.notes);
      assert.equal(reportOf(fresh).alreadyComplete, false);
      assert.deepEqual(reportOf(fresh).tables, report.tables);
      assert.deepEqual(await readAllStats(client), tables);
    },
  );

  await t.test(
    'the summary lists the tables, and its queries can be run as they stand',
    async (t) => {
      const { home, client } = await homeWith(t, dsn, 'summary');
      const { code, out, notes } = await runCli(t, home, ALL);
      assert.equal(code, 0, notes);
      assert.match(out, /summary\.pubkey_mentions_loaded +│ 3,523/);
      assert.match(
        out,
        /64 slots = 50 read \+ 14 skipped \+ 0 quarantined; every slot is accounted for/,
      );
      const queries = out.split('\n').filter((line) => line.startsWith('  SELECT'));
      assert.equal(queries.length, 5);
      for (const query of queries) assert.notDeepEqual(await client.rows(query, never), [], query);
      const [totals] = await client.rows(queries.find((one) => /sum\(vote/.test(one)) ?? '', never);
      const slots = sampleStats()['slot_instructions'] ?? [];
      const total = (column: number) => slots.reduce((sum, row) => sum + Number(row[column]), 0);
      const [votes, others, instructions] = [3, 4, 2].map((column) => String(total(column)));
      assert.deepEqual(totals, { votes, others, instructions });
      const again = await runCli(t, home, ALL);
      assert.match(again.out, /already complete; nothing was read or written again/);
    },
  );

  await t.test(
    'without variants their tables stay empty, and with them it is another job',
    async (t) => {
      const { home, client } = await homeWith(t, dsn, 'plain');
      const plain = reportOf(await runCli(t, home, [...WORDS, '--json']));
      const { program_invocations, pubkey_mentions } = sampleStats();
      const tables = await readAllStats(client);
      assert.deepEqual(tables['program_invocations'], program_invocations);
      assert.deepEqual(tables['pubkey_mentions'], pubkey_mentions);
      assert.deepEqual(tables['program_invocations_inner'], []);
      assert.deepEqual(tables['pubkey_mentions_loaded'], []);
      const inner = reportOf(await runCli(t, home, [...WORDS, '--with', 'inner', '--json']));
      assert.notEqual(inner.jobId, plain.jobId);
      assert.equal(rowsOf(inner)['program_invocations_inner'], 107);
    },
  );

  await t.test(
    'a complete job whose rows have gone ends with 2, and --fresh brings them back',
    async (t) => {
      const { home, client } = await homeWith(t, dsn, 'gone');
      const report = reportOf(await runCli(t, home, [...WORDS, '--json']));
      await client.command('TRUNCATE TABLE gone.slot_instructions', never);
      const lacking = await runCli(t, home, WORDS);
      assert.equal(lacking.code, 2);
      assert.match(lacking.notes, /slot_instructions holds 0 of the 50 slots .*--fresh/);
      const mended = await runCli(t, home, [...WORDS, '--fresh', '--json']);
      assert.equal(mended.code, 0, mended.notes);
      assert.deepEqual(reportOf(mended).tables, report.tables);
    },
  );
});

async function startUp(t: TestContext, home: CliHome): Promise<void> {
  startCli(t, home, ['up']);
  await until('the supervisor is ready', () =>
    fetch(`${home.api}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
}

test('stats uses the ClickHouse of the running supervisor, which knows the job by its kind', {
  skip: clickhouseMissing,
}, async (t) => {
  const port = String(await freePort());
  const home = await cliHome(t, {
    JETSTREAMER_CLICKHOUSE_MODE: 'embedded',
    MILLRACE_CLICKHOUSE_PORT: port,
  });
  await startUp(t, home);
  const result = await runCli(t, home, [...ALL, '--json']);
  assert.equal(result.code, 0, result.notes);
  assert.match(result.notes, /using the running supervisor/);
  assert.deepEqual(rowsOf(reportOf(result)), rowsExpected());
  const client = await openDatabase(t, `http://127.0.0.1:${port}`, 'millrace');
  const { pubkey_mentions } = await readAllStats(client);
  assert.deepEqual(pubkey_mentions, sampleStats()['pubkey_mentions']);
  const [job] = JSON.parse((await runCli(t, home, ['jobs', '--json'])).out);
  assert.deepEqual([job.spec.kind, job.state], ['stats', 'complete']);
  assert.match((await runCli(t, home, ['jobs'])).out, /│ stats +│ complete/);
});

test('stats without a ClickHouse says what to set, and ends with 1', async (t) => {
  const home = await cliHome(t);
  const { code, notes } = await runCli(t, home, WORDS);
  assert.equal(code, 1);
  assert.match(notes, /error: counting statistics: .* it is off; .*JETSTREAMER_CLICKHOUSE_MODE/);
});

test('stats refuses slots and variants that are none', async (t) => {
  const home = await cliHome(t);
  for (const [words, expected] of [
    [['stats', '5:4'], /5 is after 4/],
    [['stats', '588', '--with', 'outer'], /Expected inner or loaded, received "outer"/],
    [['stats'], /expected SLOTS, .*or --follow/],
    [['stats', '5:4', '--follow'], /5 is after 4/],
    [['sessions', '--follow', '--source', 'archive'], /--follow reads by RPC/],
    [['sessions', '--follow', '1'.repeat(64)], /expected session accounts, received the signature/],
    [['stats', '7:', '--rpc-url', 'http://127.0.0.1:9'], /slots "7:": not understood/],
  ] as const) {
    const { code, notes } = await runCli(t, home, words);
    assert.equal(code, 1);
    assert.match(notes, expected);
  }
});
