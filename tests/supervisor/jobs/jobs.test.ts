import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type TestContext } from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import { requireSlot } from '../../../supervisor/house.ts';
import { SAMPLES } from '../../support/cli-process.ts';
import { answer, startIngestServer } from '../../support/ingest-server.ts';
import { chunk, finalize, SESSION } from '../../support/iq-samples.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { sessionsSpecOf, startTestTree, type TestTree } from '../../support/tree-in-process.ts';
import { until } from '../../support/until.ts';

/** Goal: jobs queue, join, end and are told of as their users expect, in the real tree. */

const SPEC = sessionsSpecOf(SAMPLES, { range: { start: 254_170_887, end: 254_170_951 } });

function jobsOf({ millrace }: TestTree) {
  return requireSlot(millrace.house.slots.jobs, 'jobs');
}

/** An archive that never answers. */
async function silentArchive(t: TestContext) {
  const server = createServer(() => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('starting a running job joins it, also when a fresh start is asked for', async (t) => {
  await using tree = await startTestTree(tempFolder(t));
  const jobs = jobsOf(tree);
  const first = jobs.start(SPEC, false);
  const joined = jobs.start(SPEC, true);
  assert.equal(joined, first);
  assert.equal((await first.ended).state, 'complete');
  const again = await tree.run(SPEC);
  assert.equal(again.alreadyComplete, true);
  const fresh = await tree.run(SPEC, { fresh: true });
  assert.deepEqual([fresh.alreadyComplete, fresh.counters.slotsDone], [false, 50]);
});

test('a job that waits behind another can be cancelled, and the first goes on', async (t) => {
  const url = await silentArchive(t);
  await using tree = await startTestTree(tempFolder(t), { MILLRACE_HTTP_TIMEOUT_MS: '600000' });
  const jobs = jobsOf(tree);
  const stuck = jobs.start(sessionsSpecOf(url, { range: { start: 0, end: 10 } }), false);
  const waiting = jobs.start(SPEC, false);
  const cancelled = (error: unknown) =>
    error instanceof OperatingError && error.code === 'CANCELLED';
  jobs.cancel(stuck.opened.jobId);
  await assert.rejects(stuck.ended, cancelled);
  assert.equal((await waiting.ended).state, 'complete');
  const { store } = tree.millrace.house;
  assert.equal(store.jobs.find(stuck.opened.jobId)?.state, 'cancelled');
});

test('a job reports what it read, not what another one left undecided', async (t) => {
  await using tree = await startTestTree(tempFolder(t));
  const { store } = tree.millrace.house;
  // As a job leaves it that was killed before it settled: one chunk of a session, and no decision.
  store.sessionRecords.save([chunk(100, 0, 'part'), finalize(101, 2)], {
    job: null,
    exactOrder: true,
  });
  assert.deepEqual(store.sessionRecords.undecided(10), [SESSION]);
  const report = await tree.run(SPEC);
  assert.equal(report.state, 'complete');
  assert.equal(report.sessions.length, 7);
  assert.equal(store.sessionResults.find(SESSION)[0]?.state, 'incomplete');
});

test('payloads are freed after a delivery, and again when a job reads them anew', async (t) => {
  const backend = await startIngestServer(t, answer(200));
  await using tree = await startTestTree(tempFolder(t), { IQ_READER_BASE_URL: backend.base });
  const { store } = tree.millrace.house;
  const kept = () =>
    store.sessionRecords
      .heads('FkXaMzBzApb5Kce8W2UmQeFdyRt2vfUfMenpoeYgQiCu')
      .filter(({ payloadKept }) => payloadKept).length;
  await tree.run(SPEC);
  assert.equal(kept(), 0);
  const fresh = await tree.run(SPEC, { fresh: true });
  assert.equal(kept(), 0);
  assert(fresh.sessions.every(({ delivered }) => delivered));
  assert.equal(backend.received.length, 7);
});

test('a job waits through a restart of the loop that delivers', async (t) => {
  let healthy = false;
  const backend = await startIngestServer(t, (response) => answer(healthy ? 200 : 503)(response));
  await using tree = await startTestTree(tempFolder(t), {
    IQ_READER_BASE_URL: backend.base,
    MILLRACE_DELIVERY_RETRY_MS: '50',
    MILLRACE_DELIVERY_TRIES: '1000',
  });
  const { slots } = tree.millrace.house;
  const job = tree.run(SPEC);
  await until('a delivery failed', () => backend.received.length > 0);
  const before = requireSlot(slots.delivery, 'delivery');
  before.events.emit('failed', new Error('made by the test'));
  await until('another loop runs', () => slots.delivery !== null && slots.delivery !== before);
  healthy = true;
  const report = await job;
  assert.deepEqual([report.state, report.undelivered], ['complete', 0]);
  assert(report.sessions.every(({ delivered }) => delivered));
});

test('a job that fails says why, to its caller and in the store, and can be run again', async (t) => {
  await using tree = await startTestTree(tempFolder(t));
  const spec = sessionsSpecOf(SAMPLES, { range: { start: 0, end: 10 } });
  await assert.rejects(
    tree.run(spec),
    (error) => error instanceof OperatingError && error.code === 'ARCHIVE_NOT_FOUND',
  );
  const [job] = tree.millrace.house.store.jobs.list(1);
  assert.deepEqual([job?.state, job?.error?.code], ['failed', 'ARCHIVE_NOT_FOUND']);
  assert.deepEqual(jobsOf(tree).resume(), 0);
});
