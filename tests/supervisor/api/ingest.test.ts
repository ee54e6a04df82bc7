import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { postIngest } from '../../../src/sinks/ingest-http.ts';
import { startTestApi, type TestApi } from '../../support/api-server.ts';
import { INGEST_FACTS } from '../../support/delivery-samples.ts';
import { SESSION } from '../../support/iq-samples.ts';

const PATH = '/api/v2/inscribe/ingest';
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

function body(payload: Buffer, changes: object = {}) {
  return { ...INGEST_FACTS, payload_base64: payload.toString('base64'), ...changes };
}

const filesIn = (api: TestApi) =>
  existsSync(api.context.ingestDir) ? readdirSync(api.context.ingestDir).sort() : [];

test('a delivered file is written under a safe name with its digest and its facts beside it', async (t) => {
  const api = await startTestApi(t);
  const { status, json } = await api.post(PATH, body(PNG), { 'idempotency-key': 'k' });
  assert.equal(status, 200);
  const sha256 = hash('sha256', PNG);
  const name = `${SESSION}-${sha256.slice(0, 16)}.png`;
  const file = join(api.context.ingestDir, name);
  const bytes = PNG.length;
  assert.deepEqual(json, { status: 'COMPLETED', session_pubkey: SESSION, file, bytes, sha256 });
  assert.deepEqual(readFileSync(file), PNG);
  const metadata = JSON.parse(readFileSync(`${file}.json`, 'utf8'));
  assert.equal(metadata.sha256, sha256);
  assert.equal(metadata.finalize_signature, INGEST_FACTS.finalize_signature);
  assert.equal(metadata.idempotency_key, 'k');
  assert.deepEqual(filesIn(api), [name, `${name}.json`]);
});

test('the sink and the backend understand each other', async (t) => {
  const api = await startTestApi(t, {}, { token: 'secret' });
  const payload = Buffer.from('text '.repeat(20_000));
  const endpoint = { url: api.base + PATH, token: 'secret', timeoutMs: 5000, now: Date.now };
  const delivery = { key: 'k', facts: INGEST_FACTS, payload };
  const outcome = await postIngest(endpoint, delivery, AbortSignal.timeout(5000));
  assert(outcome.type === 'accepted' && outcome.file !== null);
  assert.match(outcome.file, /\.txt$/);
  assert.deepEqual(readFileSync(outcome.file), payload);
});

test('a repeated delivery gets the same answer and writes nothing', async (t) => {
  const api = await startTestApi(t);
  const first = await api.post(PATH, body(PNG), { 'idempotency-key': 'k' });
  const before = statSync(first.json.file).ino;
  for (const headers of [{ 'idempotency-key': 'k' }, { 'idempotency-key': 'other' }, {}]) {
    assert.deepEqual(await api.post(PATH, body(PNG), headers), first);
  }
  assert.equal(statSync(first.json.file).ino, before);
});

test('many equal deliveries at once end in one file and one answer', async (t) => {
  const api = await startTestApi(t);
  const posts = Array.from({ length: 8 }, () =>
    api.post(PATH, body(PNG), { 'idempotency-key': 'k' }),
  );
  const answers = await Promise.all(posts);
  assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
  assert.equal(filesIn(api).length, 2);
});

test('a repeated delivery brings a file back that somebody removed', async (t) => {
  const api = await startTestApi(t);
  const first = await api.post(PATH, body(PNG));
  rmSync(first.json.file);
  assert.deepEqual(await api.post(PATH, body(PNG)), first);
  assert.deepEqual(readFileSync(first.json.file), PNG);
});

test('another content of a session is kept beside the first, and the newest is its file', async (t) => {
  let now = 1000;
  const api = await startTestApi(t, { now: () => now++ });
  const first = await api.post(PATH, body(PNG), { 'idempotency-key': 'k1' });
  const second = await api.post(PATH, body(Buffer.from('v2')), { 'idempotency-key': 'k2' });
  assert.equal(second.status, 200);
  assert.notEqual(first.json.file, second.json.file);
  assert.equal((await api.ask(`/api/v1/sessions/${SESSION}/file`)).text, 'v2');
  const older = await api.ask(`/api/v1/sessions/${SESSION}/file?sha256=${first.json.sha256}`);
  assert.equal(older.headers.get('content-length'), String(PNG.length));
  assert.equal(older.headers.get('x-content-type-options'), 'nosniff');
  assert.match(older.headers.get('content-disposition') ?? '', /^attachment/);
});

test('one idempotency key for two contents is a conflict and writes nothing', async (t) => {
  const api = await startTestApi(t);
  await api.post(PATH, body(PNG), { 'idempotency-key': 'k' });
  const { status, json } = await api.post(PATH, body(Buffer.from('v2')), {
    'idempotency-key': 'k',
  });
  assert.deepEqual([status, json.error], [409, 'CONFLICT']);
  assert.equal(filesIn(api).length, 2);
});

test('uploads that expect the session are completed by its delivery', async (t) => {
  const api = await startTestApi(t);
  const upload = { id: 'logo', name: 'the logo', sessions: [SESSION] };
  const registered = await api.post('/api/v1/uploads', upload);
  assert.deepEqual([registered.status, registered.json.status], [201, 'PENDING']);
  const { json } = await api.post(PATH, body(PNG));
  const list = JSON.parse((await api.ask('/api/v1/uploads')).text);
  assert.equal(list.uploads[0].status, 'COMPLETED');
  assert.equal(list.uploads[0].sessions[0].sha256, json.sha256);
  assert.equal(list.next, null);
});

test('an empty upload of no chunks is a file of no bytes', async (t) => {
  const api = await startTestApi(t);
  const empty = body(Buffer.alloc(0), { total_chunks: 0, chunk_count: 0 });
  const { status, json } = await api.post(PATH, empty);
  assert.deepEqual([status, json.bytes], [200, 0]);
});

test('everything wrong with a payload is refused with its reason and leaves no file', async (t) => {
  const api = await startTestApi(t);
  const wrong: [object, number, string][] = [
    [{ session_pubkey: '../../etc/passwd' }, 400, 'INVALID'],
    [{ session_pubkey: `/${SESSION.slice(1)}` }, 400, 'INVALID'],
    [{ session_pubkey: undefined }, 400, 'INVALID'],
    [{ session_id: '../x' }, 400, 'INVALID'],
    [{ merkle_root: 'zz' }, 400, 'INVALID'],
    [{ total_chunks: -1 }, 400, 'INVALID'],
    [{ total_chunks: 4_294_967_296 }, 400, 'INVALID'],
    [{ total_chunks: '2' }, 400, 'INVALID'],
    [{ chunk_count: 1 }, 422, 'COUNTS'],
    [{ total_chunks: 0, chunk_count: 0 }, 422, 'COUNTS'],
    [{ first_slot: 8 }, 422, 'SLOTS'],
    [{ finalize_slot: 1.5 }, 400, 'INVALID'],
    [{ compression_method: 256 }, 400, 'INVALID'],
    [{ payload_base64: 'QUI' }, 400, 'BASE64'],
    [{ payload_base64: 'QU=C' }, 400, 'BASE64'],
    [{ payload_base64: 'QU C' }, 400, 'BASE64'],
    [{ payload_base64: 'Q-_C' }, 400, 'BASE64'],
    [{ payload_base64: '====' }, 400, 'BASE64'],
    [{ payload_base64: 7 }, 400, 'INVALID'],
  ];
  for (const [changes, status, error] of wrong) {
    const answer = await api.post(PATH, body(PNG, changes));
    assert.deepEqual([answer.status, answer.json.error], [status, error], JSON.stringify(changes));
    assert.equal(typeof answer.json.message, 'string');
  }
  const key = { 'idempotency-key': 'x'.repeat(201) };
  assert.equal((await api.post(PATH, body(PNG), key)).status, 400);
  assert.equal((await api.post(PATH, null)).status, 400);
  assert.deepEqual(filesIn(api), []);
});

test('a folder that cannot be written is a server error with the reason, not a lost delivery', async (t) => {
  const api = await startTestApi(t);
  mkdirSync(dirname(api.context.ingestDir), { recursive: true });
  writeFileSync(api.context.ingestDir, 'a file where the folder should be');
  const { status, json } = await api.post(PATH, body(PNG));
  assert.deepEqual([status, json.error], [503, 'DATA_FOLDER']);
  assert.equal(api.context.store.ingested.ofSession(SESSION).length, 0);
});
