import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatingError } from '../../src/core/errors.ts';
import { buildIngestBody } from '../../src/sinks/ingest-body.ts';
import { type IngestEndpoint, joinIngestUrl, postIngest } from '../../src/sinks/ingest-http.ts';
import { INGEST_FACTS } from '../support/delivery-samples.ts';
import { answer, halfReply, startIngestServer } from '../support/ingest-server.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const DELIVERY = { key: 'key-1', facts: INGEST_FACTS, payload: Buffer.from('file bytes') };

function endpoint(url: string, changes: Partial<IngestEndpoint> = {}): IngestEndpoint {
  return { url, token: null, timeoutMs: 5000, now: () => NOW, ...changes };
}

const never = () => new AbortController().signal;

test('base and path are joined with exactly one slash', () => {
  for (const base of ['http://h', 'http://h/', 'http://h//']) {
    for (const path of ['a/b', '/a/b', '//a/b']) {
      assert.equal(joinIngestUrl(base, path), 'http://h/a/b');
    }
  }
});

test('a blank or foreign address is a configuration error', () => {
  for (const [base, path] of [
    ['', '/x'],
    ['http://h', ' '],
    ['ftp://h', 'x'],
    ['h', 'x'],
  ] as const) {
    assert.throws(
      () => joinIngestUrl(base, path),
      (error: unknown) => error instanceof OperatingError && error.code === 'CONFIG',
    );
  }
});

test('the body is the JSON that JSON.stringify would give, at every length around a slice', () => {
  const payload = Buffer.from(Array.from({ length: 3 * 48 * 1024 + 7 }, (_, i) => (i * 7) & 255));
  for (const length of [0, 1, 2, 3, 4, 49151, 49152, 49153, payload.length]) {
    const part = payload.subarray(5, 5 + length);
    const facts = { ...INGEST_FACTS, reader_mode: 'ünicode "quoted"' };
    const expected = JSON.stringify({ ...facts, payload_base64: part.toString('base64') });
    assert.equal(buildIngestBody(facts, part).toString(), expected);
  }
});

test('credentials in the address travel as a header, and a token takes their place', async (t) => {
  const server = await startIngestServer(t, answer(200));
  const url = server.base.replace('http://', 'http://bob:p%40ss@');
  await postIngest(endpoint(url), DELIVERY, never());
  await postIngest(endpoint(url, { token: 'secret' }), DELIVERY, never());
  const basic = `Basic ${Buffer.from('bob:p@ss').toString('base64')}`;
  const sent = server.received.map(({ headers }) => headers.authorization);
  assert.deepEqual(sent, [basic, 'Bearer secret']);
});

test('a delivery carries the documented fields, its key and its token', async (t) => {
  const server = await startIngestServer(t, answer(201, '{"file":"a.txt"}'));
  const url = joinIngestUrl(server.base, '/api/v2/inscribe/ingest');
  const outcome = await postIngest(endpoint(url, { token: 'secret' }), DELIVERY, never());
  assert.deepEqual(outcome, { type: 'accepted', status: 201, file: 'a.txt' });
  const [post] = server.received;
  assert.equal(post?.url, '/api/v2/inscribe/ingest');
  assert.equal(post?.headers['idempotency-key'], 'key-1');
  assert.equal(post?.headers.authorization, 'Bearer secret');
  const payload_base64 = DELIVERY.payload.toString('base64');
  assert.deepEqual(post?.body, { ...INGEST_FACTS, payload_base64 });
});

test('4xx is refused for good, with a bounded reason that cannot break a log line', async (t) => {
  const message = `line\n${'x'.repeat(2000)}`;
  const server = await startIngestServer(t, answer(422, JSON.stringify({ message })));
  const outcome = await postIngest(endpoint(server.base), DELIVERY, never());
  assert(outcome.type === 'refused');
  assert.equal(outcome.status, 422);
  assert.equal(outcome.reason.length, 300);
  assert.match(outcome.reason, /^line x+$/);
});

test('408, 429 and 5xx can be tried again, after the time the endpoint asked for', async (t) => {
  const replies = [
    answer(408),
    answer(429, 'slow down', { 'retry-after': '7' }),
    answer(503, '', { 'retry-after': new Date(NOW + 9000).toUTCString() }),
    answer(500, '', { 'retry-after': '99999999999' }),
  ];
  const server = await startIngestServer(t, (response, count) => replies[count - 1]?.(response));
  const waits = [];
  for (const _ of replies) {
    const outcome = await postIngest(endpoint(server.base), DELIVERY, never());
    assert(outcome.type === 'retryable');
    waits.push([outcome.status, outcome.retryAfterMs]);
  }
  assert.deepEqual(waits, [
    [408, null],
    [429, 7000],
    [503, 9000],
    [500, 3_600_000],
  ]);
});

test('half a reply is no acceptance, even with status 200', async (t) => {
  const server = await startIngestServer(t, halfReply);
  const outcome = await postIngest(endpoint(server.base), DELIVERY, never());
  assert(outcome.type === 'retryable');
  assert.equal(outcome.status, null);
});

test('an endpoint that does not answer is given up after the timeout', async (t) => {
  const server = await startIngestServer(t, () => {});
  const outcome = await postIngest(endpoint(server.base, { timeoutMs: 50 }), DELIVERY, never());
  assert(outcome.type === 'retryable');
  assert.match(outcome.reason, /within 50 ms/);
});

test('an endpoint that nobody listens on can be tried again, and the reason says so', async (t) => {
  const server = await startIngestServer(t, answer(200));
  await server.close();
  const outcome = await postIngest(endpoint(server.base), DELIVERY, never());
  assert(outcome.type === 'retryable');
  assert.match(outcome.reason, /ECONNREFUSED/);
});

test('an endless answer is cut off and still counts as accepted', async (t) => {
  const server = await startIngestServer(t, (response) => {
    response.writeHead(200);
    const pour = () => {
      while (!response.destroyed && response.write(Buffer.alloc(8192, 120)));
    };
    response.on('drain', pour);
    pour();
  });
  const outcome = await postIngest(endpoint(server.base), DELIVERY, never());
  assert.deepEqual(outcome, { type: 'accepted', status: 200, file: null });
});

test('a redirect is refused: the payload goes nowhere else', async (t) => {
  const server = await startIngestServer(t, answer(307, '', { location: 'http://127.0.0.1:1/' }));
  const outcome = await postIngest(endpoint(server.base), DELIVERY, never());
  assert(outcome.type === 'refused');
  assert.match(outcome.reason, /redirects are not followed/);
});

test('aborting the caller’s signal ends the post with CANCELLED', async (t) => {
  const abort = new AbortController();
  const server = await startIngestServer(t, () => abort.abort());
  await assert.rejects(
    postIngest(endpoint(server.base), DELIVERY, abort.signal),
    (error: unknown) => error instanceof OperatingError && error.code === 'CANCELLED',
  );
});
