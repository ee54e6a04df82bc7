import assert from 'node:assert/strict';
import test from 'node:test';
import { NO_COUNTERS } from '../../src/model/shard-counters.ts';
import type { ShardCounters } from '../../src/model/worker-task.ts';
import { jobIdOf } from '../../src/store/job-identity.ts';
import type { Store } from '../../src/store/store.ts';
import { chunk, SESSION } from '../support/iq-samples.ts';
import { JOB_SPEC, STATS_SPEC } from '../support/job-samples.ts';
import { tempStore } from '../support/temp-store.ts';

const ERROR = {
  code: 'ARCHIVE_CORRUPT',
  message: 'bad bytes',
  retryable: false,
  fields: {},
} as const;

function plannedJob(store: Store) {
  const { job } = store.jobs.open(JOB_SPEC, { fresh: false, now: 1 });
  store.shards.plan(job.id, [
    { range: { start: 100, end: 150 }, slotsPresent: 48, bytes: 1000 },
    { range: { start: 150, end: 200 }, slotsPresent: 50, bytes: -1 },
  ]);
  return job;
}

test('the same spec is the same job, whatever the order of its lists and the way to the network', () => {
  const filter = { ...JOB_SPEC.filter, programs: ['b', 'a', 'a'] };
  const id = jobIdOf({ ...JOB_SPEC, filter });
  const swapped = { ...filter, programs: ['a', 'b'] };
  assert.equal(jobIdOf({ ...JOB_SPEC, filter: swapped, rpcUrl: 'http://127.0.0.1:1' }), id);
  assert.notEqual(jobIdOf({ ...JOB_SPEC, filter, range: { start: 100, end: 201 } }), id);
  assert.notEqual(jobIdOf({ ...JOB_SPEC, filter, recoverFailed: true }), id);
  assert.notEqual(jobIdOf(JOB_SPEC), id);
});

test('ids of jobs stay what earlier stores hold, and a job of another kind or variant is another job', (t) => {
  // As the version before jobs had kinds made it.
  assert.equal(jobIdOf(JOB_SPEC), 'f941ae3891acbe58');
  const id = jobIdOf(STATS_SPEC);
  assert.equal(jobIdOf({ ...STATS_SPEC, archive: { ...STATS_SPEC.archive, cacheDir: 'x' } }), id);
  assert.notEqual(jobIdOf({ ...STATS_SPEC, variants: { inner: true, loaded: true } }), id);
  assert.notEqual(jobIdOf({ ...STATS_SPEC, verify: 'none' }), id);
  const store = tempStore(t);
  const { job } = store.jobs.open(STATS_SPEC, { fresh: false, now: 1 });
  assert.deepEqual([job.id, store.jobs.find(id)?.spec], [id, STATS_SPEC]);
});

test('a job that follows the chain is known by its slots, whatever endpoint it follows', (t) => {
  const follow = { rpcUrl: 'http://127.0.0.1:1', start: 100, end: 200 };
  const spec = { ...STATS_SPEC, range: null, follow };
  const id = jobIdOf(spec);
  const moved = { ...spec, follow: { ...follow, rpcUrl: 'http://127.0.0.1:2/?key=x' } };
  assert.equal(jobIdOf(moved), id);
  assert.equal(jobIdOf({ ...spec, archive: { ...spec.archive, carBase: 'other' } }), id);
  assert.notEqual(jobIdOf(STATS_SPEC), id);
  assert.notEqual(jobIdOf({ ...spec, follow: { ...follow, end: null } }), id);
  const sessions = { ...JOB_SPEC, range: null, follow };
  assert.notEqual(jobIdOf(sessions), jobIdOf({ ...JOB_SPEC, range: null }));
  // A job that is taken up again follows the endpoint that was named last.
  const store = tempStore(t);
  store.jobs.open(spec, { fresh: false, now: 1 });
  const { job, before } = store.jobs.open(moved, { fresh: false, now: 2 });
  assert.deepEqual([before, job.spec], ['running', moved]);
});

test('done shards that touch are joined up to a bound, with what they counted', (t) => {
  const store = tempStore(t);
  const job = plannedJob(store);
  const starts = [300, 310, 320, 330, 340, 360];
  const shards = starts.map((start) => ({ range: { start, end: start + 10 } }));
  store.shards.plan(
    job.id,
    shards.map((shard, i) => ({ ...shard, slotsPresent: 8, bytes: i === 3 ? -1 : 100 })),
  );
  const quarantined = [{ slot: 335, offset: 9, error: ERROR }];
  for (const shard of store.shards.pending(job.id, 10)) {
    const counters = { ...NO_COUNTERS, slotsDone: 8, slotsSkipped: 2, transactions: 5 };
    const broken = shard.range.start === 330 ? quarantined : [];
    store.shards.commit({ job: job.id, shard: shard.id, counters, quarantined: broken });
  }
  const totals = store.shards.totals(job.id);
  const ranges = store.shards.doneRanges(job.id);
  store.shards.joinDone(job.id, 20);
  const joined = store.shards.finished(job.id);
  assert.deepEqual(
    joined.map(({ range, counters }) => [range.start, range.end, counters.transactions]),
    [
      [300, 320, 10],
      [320, 330, 5],
      [330, 340, 5],
      [340, 350, 5],
      [360, 370, 5],
    ],
  );
  assert.deepEqual(store.shards.totals(job.id).counters, totals.counters);
  assert.deepEqual(store.shards.doneRanges(job.id), ranges);
  store.shards.joinDone(job.id, 1000);
  assert.equal(store.shards.finished(job.id).length, 4);
});

test('opening a job again resumes it, a complete one stays complete, and fresh starts over', (t) => {
  const store = tempStore(t);
  const job = plannedJob(store);
  assert.equal(store.jobs.open(JOB_SPEC, { fresh: false, now: 2 }).before, 'running');
  store.jobs.setState(job.id, 'complete', 3);
  const again = store.jobs.open(JOB_SPEC, { fresh: false, now: 4 });
  assert.deepEqual(
    [again.before, again.job.state, again.job.updatedAt],
    ['complete', 'complete', 3],
  );
  const fresh = store.jobs.open(JOB_SPEC, { fresh: true, now: 5 });
  assert.deepEqual([fresh.before, fresh.job.state, fresh.job.createdAt], ['new', 'running', 5]);
  assert.deepEqual(store.shards.pending(job.id, 10), []);
});

test('a job that failed runs again and forgets its error', (t) => {
  const store = tempStore(t);
  const { job } = store.jobs.open(JOB_SPEC, { fresh: false, now: 1 });
  store.jobs.setState(job.id, 'failed', 2, ERROR);
  assert.deepEqual(store.jobs.find(job.id)?.error, ERROR);
  assert.deepEqual(store.jobs.unfinished(), []);
  const again = store.jobs.open(JOB_SPEC, { fresh: false, now: 3 });
  assert.deepEqual([again.before, again.job.state, again.job.error], ['failed', 'running', null]);
  assert.deepEqual(store.jobs.unfinished(), [again.job]);
  assert.deepEqual(again.job.spec, JOB_SPEC);
});

test('a committed shard is done once, with its counters and its quarantined slots', (t) => {
  const store = tempStore(t);
  const job = plannedJob(store);
  const [first] = store.shards.pending(job.id, 1);
  assert(first);
  const counters = { ...NO_COUNTERS, slotsDone: 47, slotsSkipped: 2, transactions: 9 };
  const quarantined = [{ slot: 120, offset: 77, error: ERROR }];
  const commit = { job: job.id, shard: first.id, counters, quarantined };
  assert.equal(store.shards.commit(commit), true);
  assert.equal(store.shards.commit(commit), false);
  assert.deepEqual(store.shards.doneRanges(job.id), [{ start: 100, end: 150 }]);
  assert.deepEqual(store.shards.totals(job.id), { shards: 2, shardsDone: 1, counters });
  assert.deepEqual(store.quarantine.list(job.id, 10), quarantined);
  assert.equal(store.shards.pending(job.id, 10).length, 1);
});

test('planning again replaces what is pending and keeps what is done', (t) => {
  const store = tempStore(t);
  const job = plannedJob(store);
  const [first] = store.shards.pending(job.id, 1);
  assert(first);
  const none = { counters: NO_COUNTERS, quarantined: [] };
  store.shards.commit({ job: job.id, shard: first.id, ...none });
  store.shards.plan(job.id, [{ range: { start: 150, end: 170 }, slotsPresent: 20, bytes: 5 }]);
  const ranges = store.shards.pending(job.id, 10).map((shard) => shard.range);
  assert.deepEqual(ranges, [{ start: 150, end: 170 }]);
  assert.deepEqual(store.shards.doneRanges(job.id), [{ start: 100, end: 150 }]);
});

test('shards that left slots in quarantine are planned again, whole, and the others are not', (t) => {
  const store = tempStore(t);
  const job = plannedJob(store);
  const quarantined = [120, 122].map((slot) => ({ slot, offset: 0, error: ERROR }));
  for (const { id, range } of store.shards.pending(job.id, 10)) {
    const counters = { ...NO_COUNTERS, slotsDone: range.end - range.start };
    const left = range.start === 100 ? quarantined : [];
    store.shards.commit({ job: job.id, shard: id, counters, quarantined: left });
  }
  assert.equal(store.quarantine.count(job.id), 2);
  assert.deepEqual(store.shards.doneRanges(job.id), [{ start: 100, end: 200 }]);
  assert.equal(store.shards.retryQuarantined(job.id), 2);
  assert.equal(store.quarantine.count(job.id), 0);
  const ranges = store.shards.pending(job.id, 10).map((shard) => shard.range);
  assert.deepEqual(ranges, [{ start: 100, end: 150 }]);
  const counters = { ...NO_COUNTERS, slotsDone: 50 };
  assert.deepEqual(store.shards.finished(job.id), [{ range: { start: 150, end: 200 }, counters }]);
});

test('failed tries of a shard are counted across restarts', (t) => {
  const store = tempStore(t);
  const job = plannedJob(store);
  const [first] = store.shards.pending(job.id, 1);
  assert(first);
  assert.equal(store.shards.noteFailure(first.id, ERROR), 1);
  assert.equal(store.shards.noteFailure(first.id, ERROR), 2);
  assert.equal(store.shards.pending(job.id, 1)[0]?.attempts, 2);
});

test('a job knows the sessions it read something of, new to the store or not', (t) => {
  const store = tempStore(t);
  const job = plannedJob(store);
  store.sessionRecords.save([chunk(5, 0, 'a')], { job: null, exactOrder: true });
  assert.deepEqual(store.sessionRecords.ofJob(job.id), []);
  store.sessionRecords.save([chunk(5, 0, 'a')], { job: job.id, exactOrder: true });
  assert.deepEqual(store.sessionRecords.ofJob(job.id), [SESSION]);
});

test('counters that an older version did not keep are zero', (t) => {
  const store = tempStore(t);
  const { job } = store.jobs.open(JOB_SPEC, { fresh: false, now: 1 });
  store.shards.plan(job.id, [{ range: { start: 100, end: 200 }, slotsPresent: 90, bytes: 7 }]);
  const [{ id } = { id: -1 }] = store.shards.pending(job.id, 1);
  const { instructionsIgnored: _, ...older } = { ...NO_COUNTERS, slotsDone: 90 };
  const counters = older as ShardCounters;
  store.shards.commit({ job: job.id, shard: id, counters, quarantined: [] });
  const whole = { ...older, instructionsIgnored: 0 };
  assert.deepEqual(store.shards.totals(job.id).counters, whole);
  assert.deepEqual(store.shards.finished(job.id)[0]?.counters, whole);
});
