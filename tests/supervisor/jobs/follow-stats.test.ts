import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import type { JobEvent, StatsJobReport, StatsJobSpec } from '../../../src/model/job.ts';
import { jobIdOf } from '../../../src/store/job-identity.ts';
import { requireSlot } from '../../../supervisor/house.ts';
import { archiveAt } from '../../support/archive-folder.ts';
import { SAMPLES } from '../../support/cli-process.ts';
import { openDatabase } from '../../support/clickhouse-database.ts';
import { STATS_SPEC } from '../../support/job-samples.ts';
import { chainBeyondSamples, type RecordedChain } from '../../support/recorded-chain.ts';
import { type RpcServer, startRpcServer } from '../../support/rpc-server.ts';
import { sampleStats } from '../../support/sample-stats.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';
import { readAllStats } from '../../support/stats-tables.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { startTestTree, type TestTree } from '../../support/tree-in-process.ts';
import { until } from '../../support/until.ts';

/**
 * Goal: a job that follows the chain counts exactly what a job over the archive of the same slots counts, whatever the
 * endpoint does meanwhile, and never takes a slot for skipped that was not proven to be.
 */

const RANGE = { start: 254_170_887, end: 254_170_951 };
const PRESENT = 50;
const LAST = RANGE.end - 1;
const EXPECTED = Object.entries(sampleStats());

function treeWith(dsn: string, database: string, folder: string): Promise<TestTree> {
  return startTestTree(folder, {
    ...{ JETSTREAMER_CLICKHOUSE_MODE: 'remote', JETSTREAMER_CLICKHOUSE_DSN: dsn },
    ...{ MILLRACE_CLICKHOUSE_DATABASE: database, MILLRACE_FOLLOW_POLL_MS: '10' },
    MILLRACE_FOLLOW_BATCH_SLOTS: '7',
  });
}

function followSpec(rpcUrl: string, wanted: { start: number | null; end: number | null }) {
  const variants = { inner: true, loaded: true };
  const follow = { rpcUrl, ...wanted };
  return { ...STATS_SPEC, variants, range: null, follow } satisfies StatsJobSpec;
}

/** The job of the samples' slots; the address does not count. */
const JOB_ID = jobIdOf(followSpec('http://127.0.0.1:1', RANGE));

interface Follower {
  readonly tree: TestTree;
  readonly server: RpcServer;
  readonly chain: RecordedChain;
  readonly database: string;
  readonly events: JobEvent[];
  /** Follows until the range of the samples is done. */
  readonly run: () => Promise<StatsJobReport>;
}

function firstWarning({ events }: Follower): string {
  for (const event of events) if (event.type === 'warning') return event.text;
  return '';
}

test('statistics by following the chain', { skip: clickhouseMissing }, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const dsn = service.url;

  const follower = async (t: TestContext, database: string): Promise<Follower> => {
    const chain = chainBeyondSamples(LAST + 20);
    const server = await startRpcServer({ answer: chain.answer });
    t.after(() => server[Symbol.asyncDispose]());
    const tree = await treeWith(dsn, database, tempFolder(t));
    t.after(() => tree[Symbol.asyncDispose]());
    const events: JobEvent[] = [];
    const onEvent = (event: JobEvent) => void events.push(event);
    const run = () => tree.run(followSpec(server.url, RANGE), { onEvent });
    return { tree, server, chain, database, events, run };
  };

  const assertRows = async (t: TestContext, database: string): Promise<void> => {
    const rows = await readAllStats(await openDatabase(t, dsn, database));
    for (const [table, expected] of EXPECTED) {
      assert.deepEqual(rows[table], expected, table);
    }
  };

  /** The job ended as one that nobody disturbed. */
  const assertWhole = async (t: TestContext, { database }: Follower, report: StatsJobReport) => {
    assert.deepEqual([report.state, report.range], ['complete', RANGE]);
    assert.deepEqual([report.audit.done, report.audit.skipped], [PRESENT, 64 - PRESENT]);
    await assertRows(t, database);
  };

  await t.test('counts what the archive of the same slots counts, to the row', async (t) => {
    const one = await follower(t, 'followed');
    const report = await one.run();
    await assertWhole(t, one, report);
    const blocks = one.server.received.filter(({ method }) => method === 'getBlock');
    // One more: the block behind the range, whose parent proves that the range's last slots were skipped.
    assert.equal(blocks.length, PRESENT + 1);
    assert.deepEqual(readdirSync(join(one.tree.dataDir, 'follow')), []);
    assert(one.events.some((event) => event.type === 'followed' && event.slot === LAST));
    assert(!one.events.some(({ type }) => type === 'planned' || type === 'progress'));
    const again = await one.run();
    assert.deepEqual([again.alreadyComplete, again.tables], [true, report.tables]);
    await using other = await treeWith(dsn, 'archived', tempFolder(t));
    const archived = await other.run({
      ...followSpec(one.server.url, RANGE),
      ...{ range: RANGE, follow: null, archive: archiveAt(SAMPLES) },
    });
    assert.deepEqual(report.tables, archived.tables);
    const byArchive = await readAllStats(await openDatabase(t, dsn, 'archived'));
    assert.deepEqual(await readAllStats(await openDatabase(t, dsn, 'followed')), byArchive);
  });

  await t.test('waits at the tip, and goes on as the tip does', async (t) => {
    const one = await follower(t, 'advancing');
    one.chain.tip = RANGE.start + 1;
    const report = one.run();
    for (const tip of [RANGE.start + 2, RANGE.start + 30, LAST + 20]) {
      one.chain.tip = tip;
      const seen = () => one.events.some((event) => event.type === 'followed' && event.tip === tip);
      await until(`slots up to ${tip} are done`, seen);
    }
    await assertWhole(t, one, await report);
  });

  await t.test('slots without a block at the end wait for the block that proves it', async (t) => {
    const one = await follower(t, 'proof');
    const { blocks, tip } = one.chain;
    const proof = blocks.get(tip);
    assert(proof !== undefined);
    // The tip is beyond the range, and no block is listed there, as by a node that lags behind another.
    blocks.delete(tip);
    const doneUpTo = Math.max(...blocks.keys()) + 1;
    const report = one.run();
    const asked = () => one.server.received.filter(({ method }) => method === 'getSlot').length;
    const { shards } = one.tree.millrace.house.store;
    await until('all blocks are done', () => shards.doneRanges(JOB_ID)[0]?.end === doneUpTo);
    const before = asked();
    await until('it has asked again', () => asked() > before + 5);
    assert.equal(shards.doneRanges(JOB_ID)[0]?.end, doneUpTo);
    blocks.set(tip, proof);
    await assertWhole(t, one, await report);
  });

  await t.test('is slowed down by 429, says so once, and loses nothing', async (t) => {
    const one = await follower(t, 'slowed');
    const headers = { 'retry-after': '0.05' };
    one.server.fail({ type: 'http', status: 429, body: 'slow down', headers }, 24, 'getBlock');
    await assertWhole(t, one, await one.run());
    assert.match(firstWarning(one), /received HTTP 429 .*trying again until it works/);
    assert.equal(one.events.filter(({ type }) => type === 'warning').length, 1);
  });

  await t.test('a block that is listed and late is waited for', async (t) => {
    const one = await follower(t, 'late');
    const slot = RANGE.start + 8;
    assert(one.chain.blocks.has(slot));
    one.chain.late.add(slot);
    const report = one.run();
    await until('it was told', () => firstWarning(one) !== '');
    one.chain.late.delete(slot);
    await assertWhole(t, one, await report);
    assert.match(firstWarning(one), /not available for slot 254170895; trying again/);
  });

  await t.test('a block of another chain is not taken', async (t) => {
    const one = await follower(t, 'forked');
    const slot = RANGE.start + 12;
    const good = one.chain.blocks.get(slot);
    assert(good !== undefined);
    one.chain.blocks.set(slot, { ...good, previousBlockhash: good.blockhash });
    const report = one.run();
    await until('it was told', () => firstWarning(one) !== '');
    one.chain.blocks.set(slot, good);
    await assertWhole(t, one, await report);
    assert.match(firstWarning(one), /reading block 254170899: expected parent \d+ with hash/);
  });

  await t.test('a version nobody knows stops the job, which resumes there', async (t) => {
    const one = await follower(t, 'version');
    const message = 'Transaction version (2) is not supported by the requesting client';
    const reply = { error: { code: -32015, message } };
    one.server.fail({ type: 'reply', reply }, 1, 'getBlock');
    await assert.rejects(one.run(), (error) => {
      assert(error instanceof OperatingError);
      assert.deepEqual([error.code, error.retryable], ['RPC_REFUSED', false]);
      assert.match(error.message, /a newer one; .*nothing was skipped/);
      return true;
    });
    const { store } = one.tree.millrace.house;
    assert.equal(store.jobs.find(JOB_ID)?.state, 'failed');
    assert.deepEqual(store.shards.doneRanges(JOB_ID), []);
    await assertWhole(t, one, await one.run());
  });

  await t.test('an endpoint that no longer has the slots is refused', async (t) => {
    const one = await follower(t, 'pruned');
    one.chain.firstAvailable = RANGE.start + 20;
    const pruned = (error: unknown) =>
      error instanceof OperatingError && error.code === 'RPC_PRUNED' && !error.retryable;
    await assert.rejects(one.run(), pruned);
    one.chain.firstAvailable = 0;
    await assertWhole(t, one, await one.run());
  });

  await t.test('an endless job begins at the tip, runs beside others and resumes', async (t) => {
    const chain = chainBeyondSamples(LAST + 20);
    await using server = await startRpcServer({ answer: chain.answer });
    const first = RANGE.start + 2;
    chain.tip = first;
    const folder = tempFolder(t);
    const spec = followSpec(server.url, { start: null, end: null });
    const jobId = jobIdOf(spec);
    {
      await using tree = await treeWith(dsn, 'endless', folder);
      const { store, slots } = tree.millrace.house;
      const { ended } = requireSlot(slots.jobs, 'jobs').start(spec, false);
      ended.catch(() => {});
      await until('the tip is done', () => store.shards.doneRanges(jobId)[0]?.end === first + 1);
      chain.tip = first + 18;
      await until('the next is', () => store.shards.doneRanges(jobId)[0]?.end === chain.tip + 1);
      const range = { start: RANGE.start, end: first };
      const beside = await tree.run({ ...spec, range, follow: null, archive: archiveAt(SAMPLES) });
      assert.equal(beside.state, 'complete');
    }
    // As a process leaves it that was killed while it packed.
    const left = join(folder, 'data', 'follow', jobId, '3', '588', '.pack-x');
    mkdirSync(left, { recursive: true });
    await using tree = await treeWith(dsn, 'endless', folder);
    const { store, slots } = tree.millrace.house;
    assert.equal(store.jobs.find(jobId)?.state, 'running');
    assert.equal(requireSlot(slots.jobs, 'jobs').resume(), 1);
    chain.tip = LAST + 20;
    await until('the new tip is reached', () => {
      const [done, ...others] = store.shards.doneRanges(jobId);
      return others.length === 0 && done?.start === first && done.end === chain.tip + 1;
    });
    // One shard, however many batches there were.
    assert.equal(store.shards.totals(jobId).shards, 1);
    assert(!existsSync(left));
    assert(requireSlot(slots.jobs, 'jobs').cancel(jobId));
    await until('it is cancelled', () => store.jobs.find(jobId)?.state === 'cancelled');
    const client = await openDatabase(t, dsn, 'endless');
    const behind = `ALTER TABLE ${client.nameOf('slot_instructions')} DELETE WHERE slot > ${LAST}`;
    await client.command(`${behind} SETTINGS mutations_sync = 2`, new AbortController().signal);
    await assertRows(t, 'endless');
  });

  await t.test('one that could not finish its first batch begins there again', async (t) => {
    const { tree, server, chain } = await follower(t, 'begun');
    const client = await openDatabase(t, dsn, 'begun');
    const { signal } = new AbortController();
    const [table, away] = [client.nameOf('slot_instructions'), client.nameOf('away')];
    await client.command(`RENAME TABLE ${table} TO ${away}`, signal);
    const first = RANGE.start + 2;
    chain.tip = first;
    const spec = followSpec(server.url, { start: null, end: null });
    const { store, slots } = tree.millrace.house;
    const jobs = requireSlot(slots.jobs, 'jobs');
    await assert.rejects(jobs.start(spec, false).ended, /slot_instructions/);
    await client.command(`RENAME TABLE ${away} TO ${table}`, signal);
    chain.tip = first + 18;
    jobs.start(spec, false).ended.catch(() => {});
    const done = () => store.shards.doneRanges(jobIdOf(spec))[0];
    await until('the tip is reached', () => done()?.end === chain.tip + 1);
    assert.equal(done()?.start, first);
  });
});
