import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { ChildSnapshot } from '../../supervisor/child-spec.ts';
import { type CliHome, cliHome, runCli, SAMPLES, startCli } from '../support/cli-process.ts';
import { freePort } from '../support/free-port.ts';
import { jobOutcome } from '../support/job-outcome.ts';
import { assertUploads, SAMPLE_SLOTS, sampleUploads } from '../support/sample-expectations.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

/** Goal: one supervisor a data folder, used by every command, stopped by signals, resumed by the next. */

const WORDS = ['sessions', SAMPLE_SLOTS, '--archive', SAMPLES];

async function startUp(t: TestContext, home: CliHome) {
  const up = startCli(t, home, ['up']);
  await until('the supervisor is ready', () =>
    fetch(`${home.api}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return up;
}

/** An archive server that never answers, so that whoever reads from it is in the middle of a job. */
async function silentArchive(t: TestContext) {
  let asked = 0;
  const server = createServer(() => asked++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return { url: `http://127.0.0.1:${address.port}`, asked: () => asked };
}

test('a command uses the running supervisor, follows its job, and leaves it running', async (t) => {
  const home = await cliHome(t);
  const up = await startUp(t, home);
  const result = await runCli(t, home, [...WORDS, '--json']);
  assert.equal(result.code, 0, result.notes);
  assert.match(result.notes, /using the running supervisor at http:\/\/127\.0\.0\.1/);
  assert.match(result.notes, /plan: 50 slots present/);
  assert.match(result.notes, /delivered /);
  assertUploads(result.sessions(), sampleUploads(588));
  const status = await runCli(t, home, ['status', '--json']);
  assert.equal(status.code, 0, status.notes);
  const { children, jobs } = JSON.parse(status.out);
  const names = children.map(({ id }: ChildSnapshot) => id);
  assert.deepEqual(names, ['services', 'api', 'delivery', 'jobs']);
  assert.deepEqual([jobs[0].state, jobs[0].counters.slotsDone], ['complete', 50]);
  const missing = await runCli(t, home, ['sessions', '587', '--archive', SAMPLES]);
  assert.equal(missing.code, 1);
  assert.match(missing.notes, /error: .*587/, 'the reason of the failure crosses the API');
  const list = await runCli(t, home, ['jobs']);
  assert.match(list.out, /complete[\s\S]*failed|failed[\s\S]*complete/);
  up.kill('SIGTERM');
  const { code, notes } = await up.exited;
  assert.equal(code, 143, notes);
  assert.match(notes, /stopped in order/);
});

for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${name} in the middle of a job ends with ${code}, and the same command resumes`, async (t) => {
    const home = await cliHome(t, { MILLRACE_SHARD_SLOTS: '5', JETSTREAMER_THREADS: '1' });
    // Kept in the middle by a delivery that nobody takes: everything else is done by then.
    const nobody = { IQ_READER_BASE_URL: `http://127.0.0.1:${await freePort()}` };
    const job = startCli(t, home, [...WORDS, '--json'], nobody);
    await until('files wait for their delivery', () => job.notes().includes('trying again later'));
    job.kill(name);
    const stopped = await job.exited;
    assert.equal(stopped.code, code, stopped.notes);
    assert.match(stopped.notes, /running the same command again resumes/);
    assert.equal(stopped.out, '');
    const resumed = await runCli(t, home, [...WORDS, '--json']);
    assert.equal(resumed.code, 0, resumed.notes);
    assertUploads(resumed.sessions(), sampleUploads(588));
    assert.match(resumed.notes, /13 shards \(13 done before\)/);
  });
}

test('a signal while the archive is silent ends the command without waiting for it', async (t) => {
  const archive = await silentArchive(t);
  const home = await cliHome(t, { MILLRACE_HTTP_TIMEOUT_MS: '600000' });
  const job = startCli(t, home, ['sessions', SAMPLE_SLOTS, '--archive', archive.url]);
  await until('the archive was asked', () => archive.asked() > 0);
  job.kill('SIGINT');
  const { code, notes } = await job.exited;
  assert.equal(code, 130, notes);
  const other = await runCli(t, home, [...WORDS, '--json']);
  assert.equal(other.code, 0, 'an unfinished job does not hold up another command');
});

test('up takes unfinished jobs up again, and cancel ends one for good', async (t) => {
  const archive = await silentArchive(t);
  const home = await cliHome(t, { MILLRACE_HTTP_TIMEOUT_MS: '600000' });
  const job = startCli(t, home, ['sessions', SAMPLE_SLOTS, '--archive', archive.url]);
  await until('the archive was asked', () => archive.asked() > 0);
  job.kill('SIGKILL');
  await job.exited;
  const asked = archive.asked();
  await startUp(t, home);
  await until('the archive was asked again', () => archive.asked() > asked);
  const listed = await runCli(t, home, ['jobs', '--json']);
  const [{ id, state }] = JSON.parse(listed.out);
  assert.equal(state, 'running');
  assert.equal((await runCli(t, home, ['jobs', 'cancel', id])).code, 0);
  await until('the job is cancelled', async () => {
    const reply = await fetch(`${home.api}/api/v1/jobs/${id}`);
    return ((await reply.json()) as { state: string }).state === 'cancelled';
  });
  const again = await runCli(t, home, ['jobs', 'cancel', id]);
  assert.equal(again.code, 1);
  assert.match(again.notes, /not running; its state is cancelled/);
});

test('a second supervisor on the same data folder is refused, and the first stays', async (t) => {
  const home = await cliHome(t);
  await startUp(t, home);
  const other = await cliHome(t, { MILLRACE_DATA_DIR: home.dataDir });
  const second = await runCli(t, other, ['up']);
  assert.equal(second.code, 1, second.notes);
  assert(second.notes.includes(home.dataDir), second.notes);
  assert.equal((await fetch(`${home.api}/ping`)).status, 200);
});

test('a taken API port is named, and nothing is left behind', async (t) => {
  const home = await cliHome(t);
  const taken = createServer((_request, response) => response.end('another program'));
  taken.listen(Number(home.env['MILLRACE_API_PORT']), '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const result = await runCli(t, home, WORDS);
  assert.equal(result.code, 1);
  assert.match(
    result.notes,
    new RegExp(`port.*${home.env['MILLRACE_API_PORT']}|${home.env['MILLRACE_API_PORT']}.*port`),
  );
  taken.closeAllConnections();
  taken.close();
  await once(taken, 'close');
  assert.equal((await runCli(t, home, WORDS)).code, 0);
});

test('a data folder that cannot be one is named', async (t) => {
  const file = join(tempFolder(t), 'file');
  writeFileSync(file, '');
  const home = await cliHome(t, { MILLRACE_DATA_DIR: join(file, 'data') });
  const result = await runCli(t, home, WORDS);
  assert.equal(result.code, 1);
  assert(result.notes.includes(join(file, 'data')), result.notes);
  assert.match(result.notes, /MILLRACE_DATA_DIR/);
});

const root = process.getuid?.() === 0 ? 'root may write everywhere' : false;
test('a read-only data folder is named', { skip: root }, async (t) => {
  const folder = join(tempFolder(t), 'data');
  mkdirSync(folder);
  chmodSync(folder, 0o555);
  const home = await cliHome(t, { MILLRACE_DATA_DIR: folder });
  const result = await runCli(t, home, WORDS);
  assert.equal(result.code, 1);
  assert(result.notes.includes(folder), result.notes);
  assert.deepEqual(readdirSync(folder), []);
});

test('the job is the same wherever it runs: in a supervisor or in the command itself', async (t) => {
  const alone = await cliHome(t);
  assert.equal((await runCli(t, alone, WORDS)).code, 0);
  const shared = await cliHome(t);
  await startUp(t, shared);
  assert.equal((await runCli(t, shared, WORDS)).code, 0);
  // The cache of indexes belongs to a data folder, not to the job.
  assert.deepEqual(jobOutcome(shared), jobOutcome(alone));
});
