import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { type CliHome, cliHome, runCli, startCli } from '../support/cli-process.ts';
import { freePort } from '../support/free-port.ts';
import { startJetstream } from '../support/jetstream-server.ts';
import { commitEvent, didOf, sceneEvents, tid } from '../support/subcult-events.ts';
import { until } from '../support/until.ts';

/** Goal: a user of the command line indexes, replays, looks at what was refused, and is told what was wrong. */

const EVENTS = 'data/samples/records/events.jsonl';
const LEXICONS = { MILLRACE_RECORDS_LEXICONS: 'data/samples/records/lexicons' };

/** None while there is no such file yet. */
function scenesIn(path: string): number {
  if (!existsSync(path)) return 0;
  const database = new SqliteDatabase(path, { readonly: true });
  const row = database.prepare('SELECT count(*) AS n FROM scenes').get() as { n: number };
  database.close();
  return row.n;
}

async function liveSettings(url: string): Promise<Record<string, string>> {
  return { JETSTREAM_URL: url, METRICS_PORT: String(await freePort()) };
}

test('a recording is read once, whatever is rejected is told, and again changes nothing', async (t) => {
  const home = await cliHome(t, LEXICONS);
  const first = await runCli(t, home, ['records', '--replay', EVENTS]);
  assert.equal(first.code, 2, first.notes);
  assert.match(first.out, /records new +│ 27/);
  assert.match(first.out, /1 ErrMissingField/);
  const second = await runCli(t, home, ['records', '--replay', EVENTS, '--json']);
  const { counts, rows } = JSON.parse(second.out);
  assert.deepEqual([counts.inserted, counts.updated, counts.deleted], [0, 0, 0]);
  assert.equal(rows.likes, 16);

  const list = await runCli(t, home, ['records', 'dead-letter', 'list', '--json']);
  const letter = JSON.parse(list.out);
  assert.deepEqual([letter.reason, letter.seen, letter.change], ['ErrMissingField', 2, null]);
  const shown = await runCli(t, home, ['records', 'dead-letter', 'inspect', String(letter.id)]);
  assert.equal(JSON.parse(shown.out).digest, letter.digest);
  const around = ['records', 'nearby', 'scenes', '52.52', '13.405', '--radius', '2000'];
  const near = JSON.parse((await runCli(t, home, [...around, '--json'])).out);
  assert.equal(near.rkey, '3mptbza222222');
  assert.ok(near.metres > 0 && near.metres < 2000, 'shown in its cell, not where it is');
  const posts = await runCli(t, home, ['records', 'nearby', 'posts', '52.52', '13.405']);
  assert.match(posts.notes, /expected a table with places \(scenes, .*"posts"/);

  const wrong = await runCli(t, home, ['records', 'dead-letter', 'inspect', '77']);
  assert.equal(wrong.code, 1);
  assert.match(wrong.notes, /expected numbers of "dead-letter list".*77/);
});

test('what the database refused is stored by a retry when nothing is in its way any more', async (t) => {
  const home = await cliHome(t);
  const path = join(home.dataDir, 'events.jsonl');
  mkdirSync(home.dataDir, { recursive: true });
  const [first, second] = [1, 2].map((number) =>
    commitEvent({
      ...{ did: didOf(1), collection: 'scene', rkey: tid(number), at: number },
      record: { name: 'One name' },
    }),
  );
  const lines = (...events: unknown[]): string =>
    events.map((one) => JSON.stringify(one)).join('\n');
  writeFileSync(path, lines(first, second));
  const replay = await runCli(t, home, ['records', '--replay', path]);
  assert.equal(replay.code, 2, replay.notes);
  const refused = await runCli(t, home, ['records', 'dead-letter', 'retry', '--all']);
  assert.equal(refused.code, 2);
  assert.match(refused.out, /stored 0 dead letters; 1 are refused still/);
  const gone = { did: didOf(1), collection: 'scene', rkey: tid(1), at: 3, record: null };
  writeFileSync(path, lines(commitEvent(gone)));
  assert.equal((await runCli(t, home, ['records', '--replay', path])).code, 0);
  const stored = await runCli(t, home, ['records', 'dead-letter', 'retry', '--all']);
  assert.match(stored.out, /stored 1 dead letters; 0 are refused still/);
  assert.match((await runCli(t, home, ['records', 'dead-letter', 'list'])).out, /no dead letters/);
});

test('a live stream is indexed until a signal, a killed indexer comes back, and the next run resumes', async (t) => {
  const server = await startJetstream(t, ...sceneEvents(10));
  const home = await cliHome(t, await liveSettings(server.url()));
  const path = join(home.dataDir, 'records.sqlite');
  const live = startCli(t, home, ['records', '--from', '1']);
  await until(live.notes, () => live.notes().includes('indexing app.subcult.scene'));
  await until(live.notes, () => scenesIn(path) === 10);
  const record = readFileSync(join(home.dataDir, 'records', 'run', 'records.json'), 'utf8');
  const { pid } = JSON.parse(record) as { pid: number };
  process.kill(pid, 'SIGKILL');
  server.append(...sceneEvents(10, 11));
  await until(live.notes, () => scenesIn(path) === 20);
  live.kill('SIGINT');
  const { code, notes } = await live.exited;
  assert.equal(code, 130, notes);
  assert.equal(statSync(join(home.dataDir, 'records', 'jitter-secret')).mode & 0o777, 0o600);
  server.append(...sceneEvents(1, 21));
  const next = startCli(t, home, ['records']);
  await until(next.notes, () => scenesIn(path) === 21);
  assert.ok(Number(server.connections.at(-1)?.query.get('cursor')) > 1e15);
});

test('with MILLRACE_RECORDS the supervisor has the indexer as a child', async (t) => {
  const server = await startJetstream(t, ...sceneEvents(5));
  const settings = { ...(await liveSettings(server.url())), MILLRACE_RECORDS: 'on' };
  const home = await cliHome(t, settings);
  const up = startCli(t, home, ['up']);
  const children = async (): Promise<string> => {
    const reply = await fetch(`${home.api}/health`);
    return await reply.text();
  };
  await until(up.notes, () =>
    children().then(
      (text) => /"records"/.test(text),
      () => false,
    ),
  );
  await until(up.notes, () => server.connections.length === 1);
  server.append(...sceneEvents(5, 6));
  await until(up.notes, () => scenesIn(join(home.dataDir, 'records.sqlite')) === 5);
  up.kill('SIGTERM');
  assert.equal((await up.exited).code, 143);
});

const MISTAKES: readonly (readonly [
  what: string,
  words: readonly string[],
  settings: Readonly<Record<string, string>>,
  told: RegExp,
])[] = [
  ['a cursor that is none', ['records', '--from', 'yesterday'], {}, /Expected a cursor/],
  [
    'an address that is none',
    ['records'],
    { JETSTREAM_URL: 'https://x' },
    /JETSTREAM_URL: expected/,
  ],
  [
    'a collection without a mapping',
    ['records'],
    { MILLRACE_RECORDS_COLLECTIONS: 'app.example.none' },
    /MILLRACE_RECORDS_COLLECTIONS: expected some of .*app\.subcult\.scene/,
  ],
  [
    'a folder of lexicons that is not there',
    ['records'],
    { MILLRACE_RECORDS_LEXICONS: 'no/such/folder' },
    /lexicons.*no\/such\/folder.*ENOENT/,
  ],
  [
    'a recording that is not there',
    ['records', '--replay', 'none.jsonl'],
    {},
    /none\.jsonl.*ENOENT/,
  ],
  [
    'a secret that could be guessed',
    ['records'],
    { MILLRACE_JITTER_SECRET: 'short' },
    /MILLRACE_JITTER_SECRET: expected at least 16 bytes, received 5/,
  ],
  [
    'thresholds in the wrong order',
    ['records'],
    { MILLRACE_RECORDS_RESUME_AT: '2000' },
    /expected resume < pause/,
  ],
  [
    'a database that is no address',
    ['records', '--replay', EVENTS],
    { DATABASE_URL: 'nonsense' },
    /DATABASE_URL|database/,
  ],
];

for (const [what, words, settings, told] of MISTAKES) {
  test(`${what} is told in one sentence`, async (t) => {
    const home: CliHome = await cliHome(t, settings);
    const { code, notes } = await runCli(t, home, words);
    assert.equal(code, 1, notes);
    assert.match(notes, told);
    assert.doesNotMatch(notes, /at .*\.ts:/);
  });
}
