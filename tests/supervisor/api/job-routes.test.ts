import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import type { JobSpec } from '../../../src/model/job.ts';
import type { SessionResult } from '../../../src/model/session-result.ts';
import { NO_COUNTERS } from '../../../src/model/shard-counters.ts';
import type { JobsPort, JobWatcher } from '../../../supervisor/api/api-context.ts';
import { NO_JOBS, startTestApi, type TestApi } from '../../support/api-server.ts';
import { JOB_SPEC, STATS_SPEC, SWAPS_SPEC } from '../../support/job-samples.ts';

const JOBS = '/api/v1/jobs';
const FOLLOW = { rpcUrl: 'http://127.0.0.1:8899/?api-key=secret', start: 5, end: 9 };
const FOLLOWING = { ...STATS_SPEC, range: null, follow: FOLLOW };

function addJob(api: TestApi): string {
  const { store } = api.context;
  const { job } = store.jobs.open(JOB_SPEC, { fresh: false, now: 5 });
  store.shards.plan(job.id, [{ range: { start: 100, end: 200 }, slotsPresent: 90, bytes: 7 }]);
  return job.id;
}

test('a submitted spec reaches the jobs unchanged', async (t) => {
  const got: [JobSpec, boolean][] = [];
  const submit: JobsPort['submit'] = (spec, { fresh }) => {
    got.push([spec, fresh]);
    return Promise.resolve({ jobId: 'abc' });
  };
  const { post } = await startTestApi(t, { jobs: { ...NO_JOBS, submit } });
  const answer = await post(JOBS, { spec: JOB_SPEC, fresh: true });
  assert.deepEqual(answer, { status: 202, json: { id: 'abc' } });
  const { follow: _follow, ...older } = STATS_SPEC;
  await post(JOBS, { spec: older });
  await post(JOBS, { spec: FOLLOWING });
  assert.deepEqual(got, [
    [JOB_SPEC, true],
    [STATS_SPEC, false],
    [FOLLOWING, false],
  ]);
});

test('a spec that is not one is refused with the place of the mistake', async (t) => {
  const { post } = await startTestApi(t);
  const wrong: [object, RegExp][] = [
    [{ spec: { ...JOB_SPEC, range: { start: 5, end: 5 } } }, /spec\.range/],
    [{ spec: { ...JOB_SPEC, targets: ['../x'] } }, /spec\.targets\.0/],
    [{ spec: { ...JOB_SPEC, rpcUrl: 'file:///etc/passwd' } }, /spec\.rpcUrl/],
    [{ spec: { ...JOB_SPEC, surprise: 1 } }, /surprise/],
    [{ spec: { ...STATS_SPEC, range: null } }, /spec\.range/],
    [{ spec: { ...STATS_SPEC, follow: FOLLOW } }, /spec\.range/],
    [{ spec: { ...JOB_SPEC, follow: FOLLOW } }, /spec\.follow/],
    [{ spec: { ...FOLLOWING, follow: { ...FOLLOW, start: null } } }, /spec\.follow/],
    [{ spec: { ...FOLLOWING, follow: { ...FOLLOW, rpcUrl: 'file:///x' } } }, /follow\.rpcUrl/],
    [{ spec: { ...STATS_SPEC, variants: { inner: 1, loaded: true } } }, /spec\.variants\.inner/],
    [{ spec: { ...STATS_SPEC, kind: 'prices' } }, /spec\.kind/],
    [{ spec: { ...SWAPS_SPEC, range: null } }, /spec\.range/],
    [{ spec: { ...SWAPS_SPEC, sink: 'kafka' } }, /spec\.sink/],
    [{}, /spec/],
  ];
  for (const [body, place] of wrong) {
    const { status, json } = await post(JOBS, body);
    assert.equal(status, 400);
    assert.match(json.message, place);
  }
});

test('what the jobs refuse as wrong usage is a 400 with their reason', async (t) => {
  const refuse = new OperatingError('USAGE', 'epoch 9999 is not there', { retryable: false });
  const jobs = { ...NO_JOBS, submit: () => Promise.reject(refuse) };
  const { post } = await startTestApi(t, { jobs });
  const { status, json } = await post(JOBS, { spec: JOB_SPEC });
  assert.deepEqual([status, json.error, json.message], [400, 'USAGE', 'epoch 9999 is not there']);
});

test('jobs are listed and shown with what they did, and without the RPC address', async (t) => {
  const api = await startTestApi(t);
  const id = addJob(api);
  api.context.store.jobs.open(FOLLOWING, { fresh: false, now: 1 });
  const list = await api.ask(JOBS);
  const [job, following] = JSON.parse(list.text).jobs;
  assert.deepEqual(following.spec.follow, { start: 5, end: 9 });
  assert.deepEqual([job.id, job.state, job.shards, job.shards_done], [id, 'running', 1, 0]);
  assert.doesNotMatch(list.text, /secret/);
  const shown = JSON.parse((await api.ask(`${JOBS}/${id}`)).text);
  assert.deepEqual([shown.quarantine, shown.outbox, shown.sessions], [[], [], []]);
  assert.deepEqual(shown.counters, NO_COUNTERS);
  assert.equal((await api.ask(`${JOBS}/ffff`)).status, 404);
  assert.equal((await api.ask(`${JOBS}/..%2f..`)).status, 400);
});

test('cancel reaches a running job and is refused for one that is not', async (t) => {
  let running = true;
  const api = await startTestApi(t, { jobs: { ...NO_JOBS, cancel: () => running } });
  const id = addJob(api);
  assert.equal((await api.ask(`${JOBS}/${id}/cancel`, { method: 'POST' })).status, 202);
  running = false;
  assert.equal((await api.ask(`${JOBS}/${id}/cancel`, { method: 'POST' })).status, 409);
});

test('retry says how many slots and deliveries it put back', async (t) => {
  const retry = () => Promise.resolve({ slots: 3, deliveries: 1 });
  const api = await startTestApi(t, { jobs: { ...NO_JOBS, retry } });
  const id = addJob(api);
  const answer = await api.ask(`${JOBS}/${id}/retry`, { method: 'POST' });
  assert.deepEqual(
    [answer.status, JSON.parse(answer.text)],
    [202, { id, slots: 3, deliveries: 1 }],
  );
});

test('events stream the state, what happens, and the end, and then the stream is over', async (t) => {
  let watcher: JobWatcher | undefined;
  let stopped = 0;
  const watch: JobsPort['watch'] = (_, given) => {
    watcher = given;
    setImmediate(() => {
      given.event({ type: 'note', text: 'line one\nline two' });
      given.end(null);
    });
    return () => {
      stopped++;
    };
  };
  const api = await startTestApi(t, { jobs: { ...NO_JOBS, watch } });
  const id = addJob(api);
  const { text, headers } = await api.ask(`${JOBS}/${id}/events`);
  assert.match(headers.get('content-type') ?? '', /^text\/event-stream/);
  const events = text
    .trim()
    .split('\n\n')
    .map((block) => block.split('\n'));
  assert.deepEqual(
    events.map(([name]) => name),
    ['event: job', 'event: note', 'event: end'],
  );
  assert.equal(events[1]?.[1], 'data: {"type":"note","text":"line one\\nline two"}');
  assert.equal(events[2]?.[1], 'data: null');
  await api.close();
  assert.equal(stopped, 1);
  watcher?.event({ type: 'note', text: 'after the end' });
});

test('the stream of a job that is not running ends at once', async (t) => {
  const api = await startTestApi(t);
  const { text } = await api.ask(`${JOBS}/${addJob(api)}/events`);
  assert.match(text, /^event: job\n[\s\S]*event: end\ndata: null\n\n$/);
});

test('closing the server ends open streams and stops their watches', async (t) => {
  let stopped = 0;
  const watch: JobsPort['watch'] = () => () => {
    stopped++;
  };
  const api = await startTestApi(t, { jobs: { ...NO_JOBS, watch } });
  const response = await fetch(`${api.base}${JOBS}/${addJob(api)}/events`);
  await api.close();
  assert.match(await response.text(), /^event: job\n/);
  assert.equal(stopped, 1);
});

test('lists go on after the last entry of a page', async (t) => {
  const api = await startTestApi(t);
  for (const id of ['a', 'b', 'c']) {
    const upload = { id, name: id, sessions: ['1'.repeat(32)] };
    assert.equal((await api.post('/api/v1/uploads', upload)).status, 201);
  }
  const page = async (query: string) =>
    JSON.parse((await api.ask(`/api/v1/uploads?${query}`)).text);
  assert.equal((await page('limit=2')).next, 'b');
  const rest = await page('limit=2&after=b');
  assert.deepEqual([rest.uploads.length, rest.next], [1, null]);
  assert.equal((await api.ask('/api/v1/uploads?limit=0')).status, 400);
});

test('a session is shown with its uploads, and an unknown one is not found', async (t) => {
  const api = await startTestApi(t);
  const session = '1'.repeat(40);
  assert.equal((await api.ask(`/api/v1/sessions/${session}`)).status, 404);
  const result: SessionResult = {
    ...{ session, program: 'p', state: 'incomplete', conflicts: [], total_chunks: 2 },
    ...{ chunk_count: 1, missing: [[1, 1]], decode: 'none', bytes: 0, sha256: null, file: null },
    ...{ delivered: false, first_slot: 1, last_slot: 2, finalize_slot: null },
    finalize_signature: null,
  };
  api.context.store.sessionResults.save(result, 'p:', 1);
  const shown = JSON.parse((await api.ask(`/api/v1/sessions/${session}`)).text);
  assert.deepEqual(shown, { session, uploads: [result], files: [] });
  const list = JSON.parse((await api.ask('/api/v1/sessions?state=incomplete')).text);
  assert.deepEqual(list, { sessions: [result], next: null });
  const none = JSON.parse((await api.ask('/api/v1/sessions?state=complete')).text);
  assert.deepEqual(none.sessions, []);
  assert.equal((await api.ask(`/api/v1/sessions/${session}/file`)).status, 404);
});
