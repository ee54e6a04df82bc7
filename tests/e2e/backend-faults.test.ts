import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import test from 'node:test';
import { cliHome, runCli, SAMPLES, startCli } from '../support/cli-process.ts';
import { freePort } from '../support/free-port.ts';
import { answer, halfReply, startIngestServer } from '../support/ingest-server.ts';
import { SAMPLE_SLOTS } from '../support/sample-expectations.ts';
import { until } from '../support/until.ts';

/** Goal: a backend that is away, slow or unwilling costs time, never a file. */

const WORDS = ['sessions', SAMPLE_SLOTS, '--archive', SAMPLES];
const QUICK = { MILLRACE_DELIVERY_RETRY_MS: '5', MILLRACE_DELIVERY_TRIES: '3' };

async function jobsOf(api: string): Promise<{ id: string; undelivered: { dead: number } }[]> {
  const reply = (await (await fetch(`${api}/api/v1/jobs`)).json()) as { jobs: never };
  return reply.jobs;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

test('a backend that fails first is asked again until it has every file', async (t) => {
  const faults = [
    answer(500),
    halfReply,
    answer(503),
    (response: ServerResponse) => response.destroy(),
  ];
  const backend = await startIngestServer(t, (response, count) =>
    (faults[count - 1] ?? answer(200))(response),
  );
  const home = await cliHome(t, { ...QUICK, IQ_READER_BASE_URL: backend.base });
  const result = await runCli(t, home, [...WORDS, '--json'], { MILLRACE_DELIVERY_TRIES: '8' });
  assert.equal(result.code, 0, result.notes);
  assert(result.sessions().every(({ delivered }) => delivered));
  const keys = backend.received.map(({ headers }) => headers['idempotency-key']);
  assert.equal(new Set(keys).size, 7);
  assert.equal(keys.length, 7 + faults.length);
});

test('a backend that stays away makes dead letters and exit code 3, and jobs retry delivers them', async (t) => {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const home = await cliHome(t, { ...QUICK, IQ_READER_BASE_URL: address });
  const away = await runCli(t, home, WORDS);
  assert.equal(away.code, 3, away.notes);
  assert.match(away.out, /7 files could not be delivered: npx millrace jobs retry [0-9a-f]+/);
  const again = await runCli(t, home, WORDS);
  assert.equal(again.code, 3, 'still nothing is delivered');

  const up = startCli(t, home, ['up']);
  await until('the supervisor answers', () => answers(`${home.api}/readyz`));
  const [job] = await jobsOf(home.api);
  assert.equal(job?.undelivered.dead, 7);
  const backend = await startIngestServer(t, answer(200), port);
  const retry = await runCli(t, home, ['jobs', 'retry', job.id]);
  assert.equal(retry.code, 0, retry.notes);
  assert.deepEqual(JSON.parse(retry.out).deliveries, 7);
  await until('all is delivered', () => backend.received.length === 7);
  await until('no dead letter is left', async () => {
    const [one] = await jobsOf(home.api);
    return one?.undelivered.dead === 0;
  });
  up.kill('SIGTERM');
  assert.equal((await up.exited).code, 143);
  assert.equal((await runCli(t, home, WORDS)).code, 0);
});

test('a refusal is final: exit code 3 after one try a file', async (t) => {
  const refusal = answer(400, '{"error":"bad","message":"not today"}');
  const backend = await startIngestServer(t, refusal);
  const home = await cliHome(t, { ...QUICK, IQ_READER_BASE_URL: backend.base });
  const result = await runCli(t, home, WORDS);
  assert.equal(result.code, 3, result.notes);
  assert.equal(backend.received.length, 7);
});

test('files that wait for an old address do not hold up a job that delivers elsewhere', async (t) => {
  const old = `http://127.0.0.1:${await freePort()}`;
  const home = await cliHome(t, { MILLRACE_DELIVERY_RETRY_MS: '600000' });
  const stuck = startCli(t, home, WORDS, { IQ_READER_BASE_URL: old });
  await until('a delivery was put off', () => stuck.notes().includes('trying again later'));
  stuck.kill('SIGKILL');
  await stuck.exited;
  const other = ['sessions', '254448100:254448114', '--archive', SAMPLES, '--json'];
  const result = await runCli(t, home, other);
  assert.equal(result.code, 0, result.notes);
  assert.deepEqual(
    result.sessions().map(({ delivered }) => delivered),
    [true],
  );
});
