import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { OperatingError } from '../../../src/core/errors.ts';
import type { FollowSpec, JobEvent, SessionsJobSpec } from '../../../src/model/job.ts';
import { requireSlot } from '../../../supervisor/house.ts';
import { SAMPLES } from '../../support/cli-process.ts';
import { openDatabase } from '../../support/clickhouse-database.ts';
import { answer, startIngestServer } from '../../support/ingest-server.ts';
import { chainBeyondSamples } from '../../support/recorded-chain.ts';
import { startRpcServer } from '../../support/rpc-server.ts';
import { sampleUpload, sampleUploads } from '../../support/sample-expectations.ts';
import { clickhouseMissing, embeddedClickhouse, startService } from '../../support/services.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { sessionsSpecOf, startTestTree } from '../../support/tree-in-process.ts';
import { until } from '../../support/until.ts';

/** Goal: whoever follows the chain gets every upload as soon as it is whole, once, and the bytes that were stored. */

const FIRST = 254_170_887;
const END = 254_170_951;

async function follower(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const chain = chainBeyondSamples(END + 20);
  const server = await startRpcServer({ answer: chain.answer });
  t.after(() => server[Symbol.asyncDispose]());
  const backend = await startIngestServer(t, answer(200));
  const tree = await startTestTree(tempFolder(t), {
    ...{ MILLRACE_FOLLOW_POLL_MS: '10', MILLRACE_FOLLOW_BATCH_SLOTS: '7' },
    ...{ IQ_READER_BASE_URL: backend.base, ...env },
  });
  t.after(() => tree[Symbol.asyncDispose]());
  const spec = (
    wanted: Partial<FollowSpec> = {},
    others: Partial<SessionsJobSpec> = {},
  ): SessionsJobSpec => {
    const follow = { rpcUrl: server.url, start: FIRST, end: END, ...wanted };
    return sessionsSpecOf('nowhere', { source: 'rpc', follow, ...others });
  };
  return { chain, backend, tree, spec };
}

test('every sample upload is rebuilt and delivered once', async (t) => {
  const { backend, tree, spec } = await follower(t);
  const report = await tree.run(spec());
  assert.deepEqual([report.state, report.source], ['complete', 'rpc']);
  assert.deepEqual(report.range, { start: FIRST, end: END });
  const digests = (list: readonly { readonly sha256: string | null }[]) =>
    list.map(({ sha256 }) => sha256).sort();
  assert.deepEqual(digests(report.sessions), digests(sampleUploads(588)));
  assert(report.sessions.every(({ delivered }) => delivered));
  assert.equal(backend.received.length, 7);
  const again = await tree.run(spec());
  assert.deepEqual([again.alreadyComplete, again.range], [true, report.range]);
  assert.deepEqual(again.sessions.length, 7);
  assert.equal(backend.received.length, 7);
});

test('an upload is on its way when its last block is done, while the job follows on', async (t) => {
  const { chain, backend, tree, spec } = await follower(t);
  const { finalize_slot: whole, session } = sampleUpload('mill.png');
  chain.tip = whole;
  const events: JobEvent[] = [];
  const jobs = requireSlot(tree.millrace.house.slots.jobs, 'jobs');
  const { opened, ended } = jobs.start(spec({ end: null }), false);
  ended.catch(() => {});
  jobs.watch(opened.jobId, { event: (event) => void events.push(event), end: () => {} });
  await until('two files are delivered', () => backend.received.length === 2);
  // A job of the queue that reads the same slots meanwhile delivers nothing twice.
  const range = { start: FIRST, end: whole + 1 };
  const archived = await tree.run(sessionsSpecOf(SAMPLES, { range }));
  assert.deepEqual([archived.state, archived.sessions.length], ['complete', 2]);
  assert.equal(backend.received.length, 2);
  chain.tip = END + 20;
  await until('all files are delivered', () => backend.received.length === 7);
  const told = () => events.filter(({ type }) => type === 'delivered').length;
  await until('the tip is done', () => events.some((e) => e.type === 'followed' && e.slot > END));
  assert(told() >= 2);
  const states = events.flatMap((event) => (event.type === 'session' ? event.session : []));
  assert(states.some((result) => result.session === session && result.state === 'complete'));
  assert(!states.some(({ state }) => state === 'incomplete'));
});

test('only the sessions that were asked for are followed', async (t) => {
  const { backend, tree, spec } = await follower(t);
  const { session, sha256 } = sampleUpload('ledger.txt');
  assert(session !== null);
  const report = await tree.run(spec({}, { targets: [session] }));
  assert.deepEqual(
    report.sessions.map((one) => [one.session, one.sha256, one.state]),
    [[session, sha256, 'complete']],
  );
  assert.equal(backend.received.length, 1);
});

test('who begins in the middle of an upload is told what lacks, and an archive mends it', async (t) => {
  const { backend, tree, spec } = await follower(t);
  const { session, first_slot } = sampleUpload('ledger.txt');
  assert(session !== null);
  const wanted = { targets: [session] };
  const report = await tree.run(spec({ start: first_slot + 1 }, wanted));
  assert.equal(report.state, 'holes');
  assert.equal(report.sessions[0]?.state, 'incomplete');
  const hints = join(tree.dataDir, 'missing_sessions.log');
  assert(existsSync(hints) && readFileSync(hints, 'utf8').includes(session));
  const range = { start: first_slot, end: first_slot + 1 };
  const mended = await tree.run(sessionsSpecOf(SAMPLES, { range, ...wanted }));
  assert.equal(mended.sessions[0]?.state, 'complete');
  assert.equal(backend.received.length, 1);
});

test('uploads that ClickHouse did not take when they were settled are told when the job goes on', {
  skip: clickhouseMissing,
}, async (t) => {
  const service = await embeddedClickhouse(t);
  await startService(t, service);
  const { tree, spec } = await follower(t, {
    ...{ JETSTREAMER_CLICKHOUSE_MODE: 'remote', JETSTREAMER_CLICKHOUSE_DSN: service.url },
    MILLRACE_CLICKHOUSE_DATABASE: 'uploads',
  });
  const client = await openDatabase(t, service.url, 'uploads');
  const { signal } = new AbortController();
  const [table, away] = [client.nameOf('millrace_sessions'), client.nameOf('away')];
  await client.command(`RENAME TABLE ${table} TO ${away}`, signal);
  const jobs = requireSlot(tree.millrace.house.slots.jobs, 'jobs');
  const { ended } = jobs.start(spec({ end: null }), false);
  await assert.rejects(
    ended,
    (error) => error instanceof OperatingError && error.code === 'SINK_REFUSED',
  );
  assert(tree.millrace.house.store.sessionResults.countByState().complete > 0);
  await client.command(`RENAME TABLE ${away} TO ${table}`, signal);
  jobs.start(spec({ end: null }), false).ended.catch(() => {});
  const sql = `SELECT sha256 FROM ${table} FINAL ORDER BY sha256`;
  const digests = sampleUploads(588).map(({ sha256 }) => sha256);
  const expected = digests.sort().map((sha256) => ({ sha256 }));
  let rows: readonly unknown[] = [];
  await until(
    () => `all uploads stand in ClickHouse, which holds ${JSON.stringify(rows)}`,
    async () => {
      rows = await client.rows(sql, signal);
      return isDeepStrictEqual(rows, expected);
    },
  );
});

test('no more than four jobs follow the chain, and the same one twice is one', async (t) => {
  const { tree, spec } = await follower(t);
  const jobs = requireSlot(tree.millrace.house.slots.jobs, 'jobs');
  const start = (n: number) => {
    const job = jobs.start(spec({ start: END + 1000 + n, end: null }), false);
    job.ended.catch(() => {});
    return job;
  };
  const running = [1, 2, 3, 4].map(start);
  assert.throws(
    () => start(5),
    (error) => error instanceof OperatingError && /fewer than 4/.test(error.message),
  );
  assert.equal(start(4), running[3]);
  const [first] = running;
  assert(first !== undefined && jobs.cancel(first.opened.jobId));
  await Promise.allSettled([first.ended]);
  start(5);
});
