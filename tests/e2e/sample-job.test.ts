import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { cliHome, runCli, SAMPLES } from '../support/cli-process.ts';
import { answer, startIngestServer } from '../support/ingest-server.ts';
import {
  assertUploads,
  SAMPLE_SLOTS,
  sampleUpload,
  sampleUploads,
} from '../support/sample-expectations.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: the commands of the README do what it says, with exactly the bytes that data/samples expects. */

const FROM_SAMPLES = ['--archive', SAMPLES];

test('the sample epoch is rebuilt, delivered to our own backend, and not delivered again', async (t) => {
  const home = await cliHome(t);
  const words = ['sessions', '588', ...FROM_SAMPLES, '--json'];
  const first = await runCli(t, home, words);
  assert.equal(first.code, 0, first.notes);
  assertUploads(first.sessions(), sampleUploads(588));
  const files = readdirSync(home.ingestDir).sort();
  assert.equal(files.filter((name) => !name.endsWith('.json')).length, 7);
  const again = await runCli(t, home, words);
  assert.equal(again.code, 0, again.notes);
  assert.deepEqual(again.sessions(), first.sessions());
  assert.doesNotMatch(again.notes, /^delivered /m);
  assert.deepEqual(readdirSync(home.ingestDir).sort(), files);
});

test('another backend gets every file once, also when the job starts over', async (t) => {
  const backend = await startIngestServer(t, answer(200));
  const home = await cliHome(t, { IQ_READER_BASE_URL: backend.base });
  const words = ['sessions', SAMPLE_SLOTS, ...FROM_SAMPLES];
  assert.equal((await runCli(t, home, words)).code, 0);
  assert.equal(backend.received.length, 7);
  const again = await runCli(t, home, words);
  assert.equal(again.code, 0);
  assert.match(again.out, /already complete/);
  const fresh = await runCli(t, home, [...words, '--fresh', '--json']);
  assert.equal(fresh.code, 0, fresh.notes);
  assert(fresh.sessions().every(({ delivered, state }) => delivered && state === 'complete'));
  assert.equal(backend.received.length, 7);
  const payloads = backend.received.map(({ body }) => Buffer.from(body.payload_base64, 'base64'));
  const sizes = sampleUploads(588).map(({ bytes }) => bytes);
  assert.deepEqual(payloads.map(({ length }) => length).sort(), sizes.sort());
});

test('a session that lacks a chunk ends with 2 and a hint, and repair completes exactly that', async (t) => {
  const home = await cliHome(t);
  const late = ['sessions', '254448101:254448113', ...FROM_SAMPLES, '--json'];
  const first = await runCli(t, home, late);
  assert.equal(first.code, 2, first.notes);
  const [lacking, ...others] = first.sessions();
  assert.deepEqual(others, []);
  assert.equal(lacking?.state, 'incomplete');
  assert.deepEqual(lacking.missing, [[0, 0]]);
  assert.match(first.notes, /incomplete, 10\/11 chunks/);
  const hint = JSON.parse(readFileSync(home.missingLog, 'utf8'));
  assert.equal(hint.session, lacking.session);
  assert.deepEqual(hint.recommended_slot_range, { start: 254448100, end_inclusive: 254448114 });
  const repair = await runCli(t, home, ['sessions', 'repair', ...FROM_SAMPLES, '--json']);
  assert.equal(repair.code, 0, repair.notes);
  assertUploads(repair.sessions(), [sampleUpload('opening-day.txt')]);
  assert.equal(readFileSync(home.missingLog, 'utf8'), '');
  // The first command, asked again, knows by now.
  const again = await runCli(t, home, late);
  assert.equal(again.code, 0, again.notes);
  assertUploads(again.sessions(), [sampleUpload('opening-day.txt')]);
  const nothing = await runCli(t, home, ['sessions', 'repair', ...FROM_SAMPLES]);
  assert.equal(nothing.code, 0);
  assert.match(nothing.notes, /nothing to repair/);
});

test('--out writes the files into a folder and delivers nothing', async (t) => {
  const home = await cliHome(t);
  const out = join(tempFolder(t), 'files');
  const words = ['sessions', SAMPLE_SLOTS, ...FROM_SAMPLES, '--out', out, '--json'];
  const result = await runCli(t, home, words);
  assert.equal(result.code, 0, result.notes);
  assertUploads(result.sessions(), sampleUploads(588), false);
  assert.equal(readdirSync(out).length, 7);
  assert(result.sessions().every(({ file }) => file?.startsWith(out)));
});

test('--decode decides how chunks become bytes', async (t) => {
  const home = await cliHome(t);
  const { session, sha256 } = sampleUpload('mill.png');
  const words = ['sessions', `${session},${SAMPLE_SLOTS}`, ...FROM_SAMPLES, '--json', '--decode'];
  const [text] = (await runCli(t, home, [...words, 'none'])).sessions();
  assert.equal(text?.decode, 'none');
  const [binary] = (await runCli(t, home, [...words, 'base64'])).sessions();
  assert.deepEqual([binary?.decode, binary?.sha256], ['base64', sha256]);
  const decoded = Buffer.from(readFileSync(text.file ?? '', 'utf8'), 'base64');
  assert.deepEqual(decoded, readFileSync(binary?.file ?? ''));
});

test('slots with session accounts report these alone, and an account that was not seen is a hole', async (t) => {
  const home = await cliHome(t);
  const { session } = sampleUpload('ledger.txt');
  const unseen = '11111111111111111111111111111112';
  const words = ['sessions', SAMPLE_SLOTS, session ?? '', unseen, ...FROM_SAMPLES, '--json'];
  const result = await runCli(t, home, words);
  assert.equal(result.code, 2, result.notes);
  const states = result.sessions().map((one) => [one.session, one.state]);
  assert.deepEqual(states, [
    [session, 'complete'],
    [unseen, 'incomplete'],
  ]);
});
