import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type CliHome, cliHome, runCli, SAMPLES, startCli } from '../support/cli-process.ts';
import { runLauncher } from '../support/launcher-run.ts';
import { SAMPLE_SLOTS } from '../support/sample-expectations.ts';
import { until } from '../support/until.ts';

/** Goal: no secret of the settings stands in a log line, a message, a command's output or an answer of the API. */

const TOKEN = 'Tok3nOfTheApiItself';
/** Nobody listens on port 9 of this machine, so that every address ends up in messages. */
const SECRETS = {
  rpcPassword: 'Rpc-Pa55word',
  rpcPath: 'Rpc-Path-Key-0123456789',
  rpcQuery: 'Rpc-Query-Key-0123456789',
  archivePassword: 'Archive-Pa55word',
  ingestPassword: 'Ingest-Pa55word',
  clickhousePassword: 'Clickhouse-Pa55word',
  natsToken: 'Nats-Token-0123456789',
  apiToken: TOKEN,
} as const;

const ENVIRONMENT = {
  IQ_RPC_URL: `http://bob:${SECRETS.rpcPassword}@127.0.0.1:9/v2/${SECRETS.rpcPath}?api-key=${SECRETS.rpcQuery}`,
  JETSTREAMER_ARCHIVE_BASE: `http://bob:${SECRETS.archivePassword}@127.0.0.1:9/archive`,
  IQ_READER_BASE_URL: `http://bob:${SECRETS.ingestPassword}@127.0.0.1:9`,
  NATS_URL: `nats://${SECRETS.natsToken}@127.0.0.1:9`,
  MILLRACE_API_TOKEN: TOKEN,
  MILLRACE_DELIVERY_TRIES: '1',
  MILLRACE_HTTP_TRIES: '1',
  MILLRACE_SHARD_TRIES: '1',
  LOG_LEVEL: 'trace',
};

function assertNoSecret(where: string, text: string): void {
  assert.notEqual(text, '', `${where} says something`);
  for (const [name, secret] of Object.entries(SECRETS)) {
    assert(!text.includes(secret), `${name} stands in ${where}:\n${text}`);
  }
}

async function ask(home: CliHome, path: string): Promise<string> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const reply = await fetch(home.api + path, { headers });
  return reply.text();
}

async function assertCommandsQuiet(t: TestContext, home: CliHome): Promise<void> {
  for (const words of [
    ['sessions', '11111111111111111111111111111112', '--source', 'rpc'],
    ['sessions', '588'],
    ['sessions', SAMPLE_SLOTS, '--archive', SAMPLES],
    ['plan', '588'],
    ['jobs'],
    ['status'],
    ['doctor'],
  ]) {
    const { out, notes } = await runCli(t, home, words);
    assertNoSecret(words.join(' '), out + notes);
  }
}

test('a running supervisor, its API and the commands that use it tell no secret', async (t) => {
  const home = await cliHome(t, ENVIRONMENT);
  const up = startCli(t, home, ['up']);
  await until('the supervisor is ready', () => up.notes().includes('ready: http'));
  await assertCommandsQuiet(t, home);
  const { jobs } = JSON.parse(await ask(home, '/api/v1/jobs'));
  assert.equal(jobs.length, 3);
  const paths = jobs.flatMap(({ id }: { id: string }) => [
    `/api/v1/jobs/${id}`,
    `/api/v1/jobs/${id}/events`,
  ]);
  for (const path of ['/health', '/metrics', '/api/v1/jobs', '/api/v1/sessions', ...paths]) {
    assertNoSecret(path, await ask(home, path));
  }
  const states = jobs.map(({ state }: { state: string }) => state).sort();
  assert.deepEqual(states, ['complete', 'failed', 'failed']);
  const dead = jobs.find(({ state }: { state: string }) => state === 'complete').undelivered.dead;
  assert(dead > 0, 'the ingest address was tried');
  up.kill('SIGTERM');
  const { out, notes } = await up.exited;
  assertNoSecret('the log', out + notes);
  assert.match(notes, /127\.0\.0\.1:9/, 'the log names the address');
});

test('a start that fails at an address tells no secret of it', async (t) => {
  const { env } = await cliHome(t, ENVIRONMENT);
  const dsn = `http://bob:${SECRETS.clickhousePassword}@127.0.0.1:9`;
  for (const more of [
    { JETSTREAMER_CLICKHOUSE_MODE: 'remote', JETSTREAMER_CLICKHOUSE_DSN: dsn },
    { IQ_READER_BASE_URL: `ftp://bob:${SECRETS.ingestPassword}@127.0.0.1` },
    { JETSTREAMER_CLICKHOUSE_DSN: dsn.replace('http', 'tcp') },
  ]) {
    const { code, said } = await runLauncher(t, { words: ['up'], env: { ...env, ...more } });
    assert.equal(code, 1, said);
    assertNoSecret(Object.keys(more).join(), said);
  }
});
