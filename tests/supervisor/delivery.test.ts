import assert from 'node:assert/strict';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import pino from 'pino';
import { OperatingError } from '../../src/core/errors.ts';
import { joinIngestUrl, postIngest } from '../../src/sinks/ingest-http.ts';
import { uploadKeyOf } from '../../src/store/delivery-key.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { Delivery, type DeliveryOptions } from '../../supervisor/delivery.ts';
import { newDelivery } from '../support/delivery-samples.ts';
import {
  answer,
  halfReply,
  type IngestReply,
  startIngestServer,
} from '../support/ingest-server.ts';
import { chunk, finalize, PROGRAM, SESSION } from '../support/iq-samples.ts';
import { STORE_BYTES_MAX, tempFolder, tempStore } from '../support/temp-store.ts';

const deadline = () => AbortSignal.timeout(5000);

function optionsFor(store: Store, changes: Partial<DeliveryOptions> = {}): DeliveryOptions {
  const endpoint = { token: null, timeoutMs: 2000, now: Date.now };
  return {
    store,
    post: (url, delivery, signal) => postIngest({ ...endpoint, url }, delivery, signal),
    concurrency: 2,
    triesMax: 4,
    backoff: { firstMs: 1, maxMs: 4 },
    now: Date.now,
    random: () => 0.5,
    logger: pino({ level: 'silent' }),
    ...changes,
  };
}

async function setUp(t: TestContext, reply: IngestReply, changes: Partial<DeliveryOptions> = {}) {
  const store = tempStore(t);
  const server = await startIngestServer(t, reply);
  const target = joinIngestUrl(server.base, '/in');
  const delivery = new Delivery(optionsFor(store, changes));
  const queue = (key: string) =>
    store.outbox.enqueue(newDelivery(key, Buffer.from(key), target), Date.now());
  return { store, server, delivery, queue };
}

test('everything in the outbox is posted once and leaves it when it was accepted', async (t) => {
  const { store, server, delivery, queue } = await setUp(t, answer(200));
  const keys = Array.from({ length: 9 }, (_, i) => `key-${i}`);
  keys.map(queue);
  delivery.start();
  await delivery.drain(null, deadline());
  await delivery.stop(deadline());
  const posted = server.received.map((post) => String(post.headers['idempotency-key'])).sort();
  assert.deepEqual(posted, keys);
  assert.deepEqual(store.outbox.counts(null), { waiting: 0, dead: 0 });
  assert.equal(queue('key-3'), 'already-delivered');
});

test('never more than the allowed number of posts run at once', async (t) => {
  let running = 0;
  let most = 0;
  const { delivery, queue } = await setUp(t, (response) => {
    running++;
    most = Math.max(most, running);
    setImmediate(() => {
      running--;
      answer(200)(response);
    });
  });
  for (let i = 0; i < 12; i++) queue(`key-${i}`);
  delivery.start();
  await delivery.drain(null, deadline());
  await delivery.stop(deadline());
  assert.equal(most, 2);
});

test('an entry that is queued while the loop is idle is posted after a wake', async (t) => {
  const { server, delivery, queue } = await setUp(t, answer(200));
  delivery.start();
  queue('late');
  delivery.wake();
  await delivery.drain(null, deadline());
  await delivery.stop(deadline());
  assert.equal(server.received.length, 1);
});

test('500, half a reply and a dropped connection are tried again until the endpoint accepts', async (t) => {
  const faults: IngestReply[] = [answer(500), halfReply, (response) => response.destroy()];
  const { store, server, delivery, queue } = await setUp(t, (response, count) =>
    (faults[count - 1] ?? answer(200))(response, count),
  );
  queue('stubborn');
  delivery.start();
  await delivery.drain(null, deadline());
  await delivery.stop(deadline());
  assert.equal(server.received.length, 4);
  assert(store.outbox.wasDelivered('stubborn', `${server.base}/in`));
});

test('after the last try an entry is dead, and revived it is tried again', async (t) => {
  let healthy = false;
  const { store, server, delivery, queue } = await setUp(t, (response) =>
    answer(healthy ? 200 : 503)(response),
  );
  queue('unlucky');
  delivery.start();
  await delivery.drain(null, deadline());
  assert.equal(server.received.length, 4);
  assert.deepEqual(store.outbox.counts(null), { waiting: 0, dead: 1 });
  assert.equal(store.outbox.list(null, 1)[0]?.error?.code, 'SINK_UNREACHABLE');
  healthy = true;
  store.outbox.revive(null, Date.now());
  delivery.wake();
  await delivery.drain(null, deadline());
  await delivery.stop(deadline());
  assert.deepEqual(store.outbox.counts(null), { waiting: 0, dead: 0 });
});

test('a refusal is not repeated: the entry is dead with the endpoint’s reason', async (t) => {
  const reply = answer(400, '{"error":"bad","message":"counts do not match"}');
  const { store, server, delivery, queue } = await setUp(t, reply);
  queue('refused');
  const dead = once(delivery.events, 'dead');
  delivery.start();
  await delivery.drain(null, deadline());
  await delivery.stop(deadline());
  assert.equal(server.received.length, 1);
  const [, error] = await dead;
  assert.equal(error.code, 'SINK_REFUSED');
  assert.match(error.message, /status 400: counts do not match/);
  assert.equal(store.outbox.counts(null).dead, 1);
});

test('pauses grow, are never shorter than Retry-After, and survive a restart', async (t) => {
  const folder = tempFolder(t);
  const server = await startIngestServer(t, (response, count) =>
    answer(429, '', count === 2 ? { 'retry-after': '600' } : {})(response),
  );
  const backoff = { firstMs: 1000, maxMs: 8000 };
  let clock = 1_000_000;
  const waits: number[] = [];
  for (let run = 0; run < 3; run++) {
    const store = openStore({ folder, bytesMax: STORE_BYTES_MAX });
    const target = `${server.base}/in`;
    if (run === 0) store.outbox.enqueue(newDelivery('k', Buffer.from('x'), target), clock);
    const delivery = new Delivery(optionsFor(store, { backoff, now: () => clock }));
    const postponed = once(delivery.events, 'postponed', { signal: deadline() });
    delivery.start();
    const [, , nextTryAt] = await postponed;
    await delivery.stop(deadline());
    waits.push(nextTryAt - clock);
    clock = nextTryAt;
    store.close();
  }
  assert.deepEqual(waits, [750, 600_000, 3000]);
});

test('an accepted session is marked, its payloads are freed, and the log says where it went', async (t) => {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => lines.push(line) });
  const { store, server, delivery } = await setUp(t, answer(200, '{"file":"f.txt"}'), { logger });
  const records = [chunk(5, 0, 'a'), chunk(6, 1, 'b'), finalize(7, 2)];
  store.sessionRecords.save(records, { job: null, exactOrder: true });
  store.sessionRecords.markDecided(SESSION, false);
  const upload = uploadKeyOf(PROGRAM, '00'.repeat(16));
  const target = `${server.base}/in`;
  const entry = { ...newDelivery('k', Buffer.from('ab'), target), upload };
  store.outbox.enqueue(entry, Date.now());
  delivery.start();
  await delivery.drain(null, deadline());
  await delivery.stop(deadline());
  assert(store.sessionRecords.heads(SESSION).every((head) => !head.payloadKept));
  const message = JSON.parse(lines[0] ?? '{}').msg;
  assert.equal(message, `uploaded session ${SESSION} (2 chunks, 2 bytes) to ${target}`);
});

test('stopping waits for a post that is under way and starts no other', async (t) => {
  let finish = () => {};
  const { store, server, delivery, queue } = await setUp(
    t,
    (response) => {
      finish = () => answer(200)(response);
      arrived();
    },
    { concurrency: 1 },
  );
  let arrived = () => {};
  const firstPost = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  queue('one');
  queue('two');
  delivery.start();
  await firstPost;
  const stopped = delivery.stop(deadline());
  finish();
  await stopped;
  assert.equal(server.received.length, 1);
  assert.deepEqual(store.outbox.counts(null), { waiting: 1, dead: 0 });
});

test('stopping at once cuts a post off and keeps its entry without counting a try', async (t) => {
  let arrived = () => {};
  const { store, delivery, queue } = await setUp(t, () => arrived());
  const firstPost = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  queue('one');
  delivery.start();
  await firstPost;
  await delivery.stop(AbortSignal.abort());
  assert.equal(store.outbox.list(null, 1)[0]?.attempts, 0);
});

test('waiting for an endpoint that stays away can be cancelled', async (t) => {
  const { delivery, queue } = await setUp(t, answer(503), {
    backoff: { firstMs: 9e6, maxMs: 9e6 },
  });
  queue('one');
  delivery.start();
  await once(delivery.events, 'postponed');
  const drained = delivery.drain(null, AbortSignal.timeout(1));
  await assert.rejects(
    drained,
    (error) => error instanceof OperatingError && error.code === 'CANCELLED',
  );
  await delivery.stop(deadline());
});
