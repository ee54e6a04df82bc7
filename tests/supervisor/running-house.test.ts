import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import test, { type TestContext } from 'node:test';
import type { ChildSnapshot } from '../../supervisor/child-spec.ts';
import { type CliHome, cliHome, runCli, SAMPLES, startCli } from '../support/cli-process.ts';
import { freePort } from '../support/free-port.ts';
import { SAMPLE_SLOTS, sampleUpload } from '../support/sample-expectations.ts';
import { natsServerForTests } from '../support/services.ts';
import { until } from '../support/until.ts';

/** Goal: what a running supervisor shows over HTTP and in its log is what it did. */

const WORDS = ['sessions', SAMPLE_SLOTS, '--archive', SAMPLES];
const natsPath = await natsServerForTests();

async function startUp(t: TestContext, home: CliHome) {
  const up = startCli(t, home, ['up']);
  await until('the supervisor is ready', () => up.notes().includes('"ready: http'));
  return up;
}

async function ask(home: CliHome, path: string, init?: RequestInit): Promise<Response> {
  return fetch(home.api + path, init);
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
async function askJson(home: CliHome, path: string): Promise<any> {
  return (await ask(home, path)).json();
}

async function metric(home: CliHome, series: string): Promise<number> {
  const text = await (await ask(home, '/metrics')).text();
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  assert(line !== undefined, `${series} in:\n${text}`);
  return Number(line.slice(series.length + 1));
}

async function expectUpload(home: CliHome, name: string, sessions: readonly string[]) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ id: name, name, sessions });
  const reply = await ask(home, '/api/v1/uploads', { method: 'POST', headers, body });
  assert.equal(reply.status, 201);
}

test('an upload that is expected is completed by the delivery of its session, whose file can be had', async (t) => {
  const home = await cliHome(t);
  await startUp(t, home);
  const { session, sha256, bytes } = sampleUpload('mill.png');
  assert(session !== null);
  await expectUpload(home, 'picture', [session]);
  await expectUpload(home, 'both', [session, '11111111111111111111111111111112']);
  assert.equal((await runCli(t, home, WORDS)).code, 0);
  const { uploads } = await askJson(home, '/api/v1/uploads');
  const states = uploads.map(({ id, status }: { id: string; status: string }) => [id, status]);
  assert.deepEqual(Object.fromEntries(states), { picture: 'COMPLETED', both: 'PENDING' });
  const file = await ask(home, `/api/v1/sessions/${session}/file`);
  assert.equal(hash('sha256', Buffer.from(await file.arrayBuffer())), sha256);
  const named = /filename="([^"]*)"/.exec(file.headers.get('content-disposition') ?? '')?.[1];
  assert.match(named ?? '', /^[\w.-]+$/);
  const answer = await askJson(home, `/api/v1/sessions/${session}`);
  assert.deepEqual(answer.files, [{ file: named, sha256, bytes }]);
  for (const path of ['..%2f..%2fmillrace.db', '..%2f', `${session}%00`]) {
    assert.equal((await ask(home, `/api/v1/sessions/${path}/file`)).status, 400, path);
  }
});

test('the metrics add up to what the job read and delivered', async (t) => {
  const home = await cliHome(t);
  await startUp(t, home);
  assert.equal((await runCli(t, home, WORDS)).code, 0);
  for (const [series, value] of [
    ['millrace_slots_total{outcome="done"}', 50],
    ['millrace_slots_total{outcome="skipped"}', 14],
    ['millrace_transactions_total{kind="vote"}', 158],
    ['millrace_transactions_total{kind="other"}', 513],
    ['millrace_deliveries_total{outcome="delivered"}', 7],
    ['millrace_ingest_requests_total{status="200"}', 7],
    ['millrace_outbox_entries{state="waiting"}', 0],
    ['millrace_sessions{state="complete"}', 7],
    ['millrace_iq_instructions_ignored_total', 0],
    ['millrace_jobs', 0],
    ['millrace_child_up{child="jobs"}', 1],
    ['millrace_child_restarts{child="jobs"}', 0],
  ] as const) {
    assert.equal(await metric(home, series), value, series);
  }
  assert((await metric(home, 'millrace_archive_read_bytes_total')) > 1_000_000);
  assert.equal(
    await metric(home, 'millrace_delivered_bytes_total'),
    await metric(home, 'millrace_ingested_bytes_total'),
  );
});

test('a service that was killed is up again, and its restart is counted', {
  skip: natsPath === null ? 'no nats-server' : false,
}, async (t) => {
  const home = await cliHome(t, {
    MILLRACE_NATS_MODE: 'auto',
    MILLRACE_NATS_BIN: natsPath ?? '',
    MILLRACE_NATS_PORT: String(await freePort()),
    MILLRACE_NATS_MONITOR_PORT: String(await freePort()),
  });
  await startUp(t, home);
  const nats = async (): Promise<ChildSnapshot> => {
    const { children } = await askJson(home, '/health');
    return children[0].children[0];
  };
  const first = await nats();
  assert.equal(first.id, 'nats');
  process.kill(first.pid ?? 0, 'SIGKILL');
  await until('it is counted', async () => {
    return (await metric(home, 'millrace_child_restarts{child="nats"}')) === 1;
  });
  await until(
    'it is up',
    async () => (await metric(home, 'millrace_child_up{child="nats"}')) === 1,
  );
  await until('its probe was timed', async () => (await nats()).probeLatencyMs !== null);
  assert((await metric(home, 'millrace_child_probe_duration_seconds{child="nats"}')) < 5);
  const second = await nats();
  assert.notEqual(second.pid, first.pid);
  assert.match(second.lastError ?? '', /SIGKILL/);
});

test('away from a terminal every log line is an object that names level, time and part', async (t) => {
  const home = await cliHome(t);
  const up = await startUp(t, home);
  assert.equal((await runCli(t, home, WORDS)).code, 0);
  up.kill('SIGTERM');
  const { notes } = await up.exited;
  const lines = notes.split('\n').filter((line) => line !== '');
  const parsed = lines.map((line) => JSON.parse(line));
  for (const { level, time, msg } of parsed) {
    assert.match(`${level} ${time} ${msg}`, /^(info|warn|error) \d{4}-\d\d-\d\dT\S+ \S/);
  }
  const uploaded = parsed.filter(({ msg }) => /^uploaded session \S+ \(\d+ chunks/.test(msg));
  assert.deepEqual(new Set(uploaded.map(({ name }) => name)), new Set(['delivery']));
  assert.equal(uploaded.length, 7);
});

test('RUST_LOG sets the level of the parts it names', async (t) => {
  const home = await cliHome(t, { RUST_LOG: 'warn,delivery=info' });
  const up = startCli(t, home, ['up']);
  await until('it answers', () => ask(home, '/ping').then(Boolean, () => false));
  assert.equal((await runCli(t, home, WORDS)).code, 0);
  up.kill('SIGTERM');
  const { notes } = await up.exited;
  const lines = notes.split('\n').filter((line) => line !== '');
  const names = lines.map((line) => JSON.parse(line).name);
  assert.deepEqual([...new Set(names)], ['delivery']);
});

test('a session that lacks a chunk is told when it is finalized, and again at the end', async (t) => {
  const home = await cliHome(t);
  const up = await startUp(t, home);
  const words = ['sessions', '254448101:254448113', '--archive', SAMPLES];
  assert.equal((await runCli(t, home, words)).code, 2);
  up.kill('SIGTERM');
  const { notes } = await up.exited;
  const lines = notes.split('\n').filter((line) => line !== '');
  const warnings = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'warn');
  const { session } = sampleUpload('opening-day.txt');
  assert.deepEqual(
    warnings.map(({ msg }) => msg),
    [
      `session ${session} finalized with 11 expected chunks (currently have 10)`,
      'sessions still buffered at shutdown: 1',
    ],
  );
});
