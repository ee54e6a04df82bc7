import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { IqRecord } from '../../../src/model/iq-record.ts';
import type { Store } from '../../../src/store/store.ts';
import { type SettleOptions, settleSession } from '../../../supervisor/sessions/settle-session.ts';
import { chunk, finalize, SESSION } from '../../support/iq-samples.ts';
import { tempFolder, tempStore } from '../../support/temp-store.ts';

/** Goal: a session is sent when it is whole, once, as the bytes its chunks say, and never in part. */

const OPTIONS: SettleOptions = {
  ...{ recoverFailed: false, chunksMax: 100, decode: 'none', bytesMax: 1000 },
  ...{ job: 'j', readerMode: 'auto', outDir: null, target: 'http://127.0.0.1:1/in', now: 5 },
};

function save(store: Store, records: readonly IqRecord[]): void {
  store.sessionRecords.save(records, { job: null, exactOrder: true });
}

function settle(store: Store, wanted: Partial<SettleOptions> = {}) {
  return settleSession(SESSION, store, { ...OPTIONS, ...wanted });
}

test('a session waits until its last chunk is there, and is queued once', (t) => {
  const store = tempStore(t);
  save(store, [chunk(1, 0, 'one '), finalize(3, 2)]);
  const [early] = settle(store);
  assert.deepEqual([early?.outcome, early?.result.missing], ['incomplete', [[1, 1]]]);
  assert.deepEqual(store.outbox.counts(null), { waiting: 0, dead: 0 });
  save(store, [chunk(2, 1, 'two')]);
  assert.equal(settle(store)[0]?.outcome, 'queued');
  assert.equal(settle(store)[0]?.outcome, 'already-queued');
  const [entry, ...others] = store.outbox.list(null, 10);
  assert.deepEqual([entry?.job, others], ['j', []]);
  assert.equal(store.outbox.payload(entry?.id ?? 0)?.toString(), 'one two');
});

test('uploads that one account holds under two session ids are two files', (t) => {
  const store = tempStore(t);
  const sessionId = '11'.repeat(16);
  save(store, [chunk(1, 0, 'first'), finalize(2, 1)]);
  save(store, [
    { ...chunk(3, 0, 'second'), sessionId },
    { ...finalize(4, 1), sessionId },
  ]);
  const outcomes = settle(store).map(({ outcome, result }) => [outcome, result.bytes]);
  assert.deepEqual(outcomes.sort(), [
    ['queued', 5],
    ['queued', 6],
  ]);
});

test('a file over the bound stays incomplete, with the setting that would allow it', (t) => {
  const store = tempStore(t);
  save(store, [chunk(1, 0, 'much too long'), finalize(2, 1)]);
  const [settled] = settle(store, { bytesMax: 4 });
  assert.equal(settled?.outcome, 'incomplete');
  assert.match(settled.warnings.join(), /MILLRACE_SESSION_BYTES_MAX/);
  assert.equal(settle(store)[0]?.outcome, 'queued');
});

test('a name from the chain never leaves the folder that files are written to', (t) => {
  const store = tempStore(t);
  const outDir = join(tempFolder(t), 'out');
  const metadata = JSON.stringify({ filename: '../../../escape.txt', filetype: 'text/plain' });
  save(store, [chunk(1, 0, 'tame'), { ...finalize(2, 1), metadata }]);
  const [settled] = settle(store, { outDir });
  assert.equal(settled?.outcome, 'written');
  const [name, ...others] = readdirSync(outDir);
  assert.deepEqual(others, []);
  assert.equal(settled.result.file, join(outDir, name ?? ''));
  assert.equal(readFileSync(join(outDir, name ?? ''), 'utf8'), 'tame');
  assert.deepEqual(store.outbox.counts(null), { waiting: 0, dead: 0 });
});

test('a later copy of a chunk makes another file, which is sent too', (t) => {
  const store = tempStore(t);
  save(store, [chunk(1, 0, 'old'), finalize(2, 1)]);
  settle(store);
  save(store, [chunk(3, 0, 'new')]);
  const [settled] = settle(store);
  assert.deepEqual([settled?.outcome, settled?.result.conflicts.length], ['queued', 1]);
  const texts = store.outbox.list(null, 10).map(({ id }) => store.outbox.payload(id)?.toString());
  assert.deepEqual(texts, ['old', 'new']);
});
