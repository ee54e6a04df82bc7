import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import SqliteDatabase from 'better-sqlite3';
import { OperatingError } from '../../src/core/errors.ts';
import { openStore } from '../../src/store/store.ts';
import { everyType } from '../support/iq-samples.ts';
import { STORE_BYTES_MAX, tempFolder, tempStore } from '../support/temp-store.ts';

function failsWith(code: string, text: RegExp) {
  return (error: unknown) =>
    error instanceof OperatingError && error.code === code && text.test(error.message);
}

/** A process that holds the store of `folder` open until it is killed. */
async function startHolder(t: TestContext, folder: string) {
  const script = new URL('../support/hold-store.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test('a second process on the same data folder is refused with the path and the pid of the first', async (t) => {
  const folder = tempFolder(t);
  const holder = await startHolder(t, folder);
  // Time for the holder's garbage collector to take what nobody refers to.
  await setTimeout(200);
  const open = () => openStore({ folder, bytesMax: STORE_BYTES_MAX });
  assert.throws(open, failsWith('DATA_FOLDER', new RegExp(`${folder}.*pid ${holder.pid}`)));
});

test('the data folder is free again as soon as its holder was killed', async (t) => {
  const folder = tempFolder(t);
  const holder = await startHolder(t, folder);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  openStore({ folder, bytesMax: STORE_BYTES_MAX }).close();
});

test('the same process is refused a second store, and served after the first is closed', (t) => {
  const folder = tempFolder(t);
  const first = openStore({ folder, bytesMax: STORE_BYTES_MAX });
  const open = () => openStore({ folder, bytesMax: STORE_BYTES_MAX });
  assert.throws(open, failsWith('DATA_FOLDER', new RegExp(`pid ${process.pid}`)));
  first.close();
  open().close();
});

test('a store written by a newer version is refused and left alone', (t) => {
  const folder = tempFolder(t);
  openStore({ folder, bytesMax: STORE_BYTES_MAX }).close();
  const path = join(folder, 'millrace.db');
  const raw = new SqliteDatabase(path);
  raw.pragma('user_version = 999');
  raw.close();
  const open = () => openStore({ folder, bytesMax: STORE_BYTES_MAX });
  assert.throws(open, failsWith('DATA_FOLDER', /schema version is 999/));
  assert.throws(open, failsWith('DATA_FOLDER', /schema version is 999/), 'the lock was released');
});

test('the database of another program is refused', (t) => {
  const folder = tempFolder(t);
  const raw = new SqliteDatabase(join(folder, 'millrace.db'));
  raw.exec('CREATE TABLE theirs (x)');
  raw.close();
  const open = () => openStore({ folder, bytesMax: STORE_BYTES_MAX });
  assert.throws(open, failsWith('DATA_FOLDER', /another program/));
});

test('a file that is no database is refused with its path', (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, 'millrace.db'), 'this is no database, only text'.repeat(200));
  const open = () => openStore({ folder, bytesMax: STORE_BYTES_MAX });
  assert.throws(open, failsWith('DATA_FOLDER', /millrace\.db.*SQLITE_NOTADB/));
});

test('a folder that cannot be made or opened is a data folder error', (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, 'file'), '');
  const inFile = () => openStore({ folder: join(folder, 'file', 'data'), bytesMax: 2 ** 30 });
  assert.throws(inFile, failsWith('DATA_FOLDER', /making the data folder/));
  mkdirSync(join(folder, 'millrace.db'));
  const onFolder = () => openStore({ folder, bytesMax: STORE_BYTES_MAX });
  assert.throws(onFolder, failsWith('DATA_FOLDER', /SQLITE_CANTOPEN/));
});

test('a read-only folder is a data folder error that names it', (t) => {
  const folder = tempFolder(t);
  chmodSync(folder, 0o555);
  const asRoot = process.geteuid?.() === 0;
  if (asRoot) process.seteuid?.(65_534);
  try {
    const open = () => openStore({ folder, bytesMax: STORE_BYTES_MAX });
    assert.throws(open, failsWith('DATA_FOLDER', new RegExp(folder)));
  } finally {
    if (asRoot) process.seteuid?.(0);
  }
});

test('reaching the size limit is DISK_FULL, keeps what was committed and loses nothing else', (t) => {
  const folder = tempFolder(t);
  const store = openStore({ folder, bytesMax: 2 ** 20 });
  t.after(() => store.close());
  store.sessionRecords.save(everyType(), { job: null, exactOrder: true });
  const payload = Buffer.alloc(2 ** 21);
  const facts = { ...FACTS, session_pubkey: 'x' };
  const big = { key: 'k', target: 't', upload: '', job: null, facts, payload };
  assert.throws(() => store.outbox.enqueue(big, 0), failsWith('DISK_FULL', /full/));
  assert.deepEqual(store.outbox.counts(null), { waiting: 0, dead: 0 });
  assert.equal(store.sessionRecords.undecided(10).length, 3);
});

test('a transaction that throws leaves nothing behind', (t) => {
  const store = tempStore(t);
  const work = () => {
    store.hints.remember('s', 'p');
    throw new Error('stop');
  };
  assert.throws(() => store.transaction('durable', work), /stop/);
  assert.equal(store.hints.remember('s', 'p'), true);
  assert.equal(store.hints.remember('s', 'p'), false);
  store.hints.forget('s');
  assert.equal(store.hints.remember('s', 'p'), true);
});

const FACTS = {
  session_pubkey: 's',
  session_id: null,
  total_chunks: 1,
  chunk_count: 1,
  merkle_root: null,
  reader_mode: 'auto',
  first_slot: 1,
  last_slot: 2,
  finalize_slot: 2,
  finalize_signature: null,
  compression_method: null,
};
