import assert from 'node:assert/strict';
import test from 'node:test';
import { tempStore } from '../support/temp-store.ts';

const RECEIVED = { sha256: 'aa', file: 'a.txt' };

test('an upload is completed when the last of its sessions is', (t) => {
  const { uploads } = tempStore(t);
  const upload = uploads.register({ id: 'u', name: 'two parts', sessions: ['s2', 's1'] }, 1);
  assert.equal(upload.status, 'PENDING');
  assert.equal(uploads.complete('s1', RECEIVED, 5), 1);
  assert.equal(uploads.list(null, 9)[0]?.status, 'PENDING');
  uploads.complete('s2', RECEIVED, 6);
  const [done] = uploads.list(null, 9);
  assert.deepEqual([done?.status, done?.completed_at], ['COMPLETED', 6]);
  assert.deepEqual(done?.sessions[0], { session_pubkey: 's1', status: 'COMPLETED', ...RECEIVED });
});

test('registering a session whose file is already here completes it at once', (t) => {
  const { uploads, ingested } = tempStore(t);
  ingested.add({ session: 's1', bytes: 1, reply: '{}', ...RECEIVED }, 'key', 1);
  assert.equal(uploads.register({ id: 'u', name: 'n', sessions: ['s1'] }, 2).status, 'COMPLETED');
  const more = uploads.register({ id: 'u', name: 'n', sessions: ['s9'] }, 3);
  assert.deepEqual([more.status, more.completed_at, more.sessions.length], ['PENDING', null, 2]);
});

test('a session nobody expects completes nothing, and lists continue after an id', (t) => {
  const { uploads } = tempStore(t);
  for (const id of ['c', 'a', 'b']) uploads.register({ id, name: id, sessions: [`s-${id}`] }, 1);
  assert.equal(uploads.complete('unknown', RECEIVED, 1), 0);
  assert.deepEqual(
    uploads.list('a', 1).map((upload) => upload.id),
    ['b'],
  );
});

test('an ingested file is found by session and digest, and its key stays bound to it', (t) => {
  const { ingested } = tempStore(t);
  const first = { session: 's', bytes: 3, reply: '{"n":1}', sha256: 'aa', file: 'a' };
  ingested.add(first, 'k1', 1);
  ingested.add({ ...first, sha256: 'bb', file: 'b' }, null, 2);
  assert.deepEqual(ingested.find('s', 'aa'), first);
  assert.deepEqual(
    ingested.ofSession('s').map((file) => file.file),
    ['b', 'a'],
  );
  assert.deepEqual(ingested.keyOwner('k1'), { session: 's', sha256: 'aa' });
  ingested.bindKey('k1', 'other', 'bb');
  assert.deepEqual(ingested.keyOwner('k1'), { session: 's', sha256: 'aa' });
});
