import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { StreamDecoder } from '../../../src/decode/atproto/stream-decoder.ts';
import type { StreamEvent } from '../../../src/model/stream-event.ts';
import type { StreamEndpoint, StreamPosition } from '../../../src/model/stream-frame.ts';
import type { StreamClientEvent } from '../../../src/sources/jetstream/client-event.ts';
import { FrameQueue } from '../../../src/sources/jetstream/frame-queue.ts';
import {
  StreamClient,
  type StreamClientOptions,
} from '../../../src/sources/jetstream/stream-client.ts';
import { type JetstreamServer, startJetstream } from '../../support/jetstream-server.ts';
import { accountEvent, didOf, sceneEvent, sceneEvents } from '../../support/subcult-events.ts';
import { until } from '../../support/until.ts';

/** Goal: whatever the server does, the client goes on where it was, and neither loses events nor hammers the server. */

const decoder = new StreamDecoder({ wants: () => true });
const QUEUE = { pauseAt: 1000, resumeAt: 100, capacity: 2000, bytesMax: 1 << 26 };

/** Reads a client's queue as the pipeline does, and remembers where it is. */
class Reader {
  readonly events: StreamEvent[] = [];
  readonly told: StreamClientEvent[] = [];
  readonly queue: FrameQueue;
  readonly #stop = new AbortController();
  position: StreamPosition | null = null;
  rejects = 0;
  queueMost = 0;
  ended: Promise<void> = Promise.resolve();

  constructor(queue: FrameQueue) {
    this.queue = queue;
  }

  start(t: TestContext, client: StreamClient): void {
    this.ended = client.run(this.#stop.signal);
    this.ended.catch(() => {});
    t.after(() => this.stop());
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended.catch(() => {});
  }

  async read(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.queueMost = Math.max(this.queueMost, this.queue.size);
      for (const frame of await this.queue.take(100, this.#stop.signal)) {
        const { events, rejects, seq } = decoder.decode(frame);
        this.rejects += rejects.length;
        this.events.push(...events);
        const timeUs = Math.max(this.position?.timeUs ?? 0, ...events.map((one) => one.time_us));
        this.position = { timeUs, seq, host: new URL(frame.endpoint.url).host };
      }
    }
  }

  count(type: StreamClientEvent['type']): number {
    return this.told.filter((event) => event.type === type).length;
  }

  get names(): ReadonlySet<string> {
    return new Set(this.events.map(({ did }) => did));
  }
}

function startClient(
  t: TestContext,
  endpoints: readonly StreamEndpoint[],
  given: Partial<StreamClientOptions> & {
    readonly reading?: boolean;
    readonly stored?: StreamPosition;
  } = {},
): Reader {
  const queue = given.queue ?? new FrameQueue(QUEUE);
  const reader = new Reader(queue);
  reader.position = given.stored ?? null;
  const client = new StreamClient({
    endpoints,
    collections: ['app.subcult.*'],
    dids: [],
    compress: false,
    messageBytesMax: 1 << 20,
    queue,
    positionOf: () => reader.position,
    from: null,
    timing: {
      handshakeTimeoutMs: 5_000,
      idleTimeoutMs: 10_000,
      pauseMaxMs: 10_000,
      stableMs: 50,
    },
    attemptsMax: null,
    random: () => 0,
    onEvent: (event) => void reader.told.push(event),
    ...given,
  });
  reader.start(t, client);
  if (given.reading !== false) void reader.read();
  return reader;
}

function at(server: JetstreamServer, protocol: StreamEndpoint['protocol'] = 'v1'): StreamEndpoint {
  return { url: server.url(protocol), protocol };
}

test('the wanted collections come, accounts too, from the cursor on and then live', async (t) => {
  const server = await startJetstream(t, ...sceneEvents(20));
  server.append(accountEvent(didOf(99), 50, { active: false, status: 'deleted' }));
  const reader = startClient(t, [at(server)], { from: sceneEvent(11).time_us });
  await until('the stored ones come', () => reader.events.length === 11);
  server.append(sceneEvent(60));
  await until('a new one comes', () => reader.events.length === 12);
  assert.equal(reader.names.has(didOf(10)), false);
  assert.deepEqual(server.connections[0]?.query.getAll('wantedCollections'), ['app.subcult.*']);
});

for (const protocol of ['v1', 'v2'] as const) {
  test(`compressed frames of ${protocol} are read`, async (t) => {
    const server = await startJetstream(t, ...sceneEvents(50));
    const reader = startClient(t, [at(server, protocol)], { compress: true, from: 1 });
    await until('all come', () => reader.events.length === 50);
    assert.equal(reader.rejects, 0);
    // Servers refuse a connection that offers a compression of its own beside the dictionary's.
    assert.equal(server.connections[0]?.extensions, undefined);
    assert.deepEqual(reader.events[0]?.kind === 'commit' && reader.events[0].commit, {
      ...sceneEvent(1).commit,
    });
  });
}

test('a server that closes again and again loses nothing and is not hammered', async (t) => {
  const server = await startJetstream(t, ...sceneEvents(100));
  server.faults.closeAfter = 30;
  server.sendsCursor = true;
  const reader = startClient(t, [at(server)], { from: 1 });
  await until('all come', () => reader.names.size === 100);
  const cursors = server.connections.map(({ query }) => Number(query.get('cursor')));
  assert.deepEqual(cursors, [1, 30, 59, 88]);
  assert.equal(reader.count('alert'), 0);
});

test('connections that are dropped at once are spread out, and alerted of from the fifth on', async (t) => {
  const server = await startJetstream(t);
  server.faults.drop = true;
  const reader = startClient(t, [at(server)], { attemptsMax: 6 });
  const startMs = performance.now();
  await assert.rejects(reader.ended, /expected events within MILLRACE_RECORDS_ATTEMPTS_MAX/);
  const tookMs = performance.now() - startMs;
  assert.equal(server.connections.length, 6);
  assert.equal(reader.count('alert'), 2);
  // 150 + 300 + 600 + 1200 + 2400 ms at the least, as the jitter has it: never less, whatever the machine does.
  assert.ok(tookMs >= 4_600, `${tookMs}`);
});

test('a server that refuses for good is told, one that is busy is tried again', async (t) => {
  const server = await startJetstream(t, sceneEvent(1));
  server.faults.refuse = { status: 503, body: 'warming up' };
  const reader = startClient(t, [at(server)], { from: 1 });
  await until('it is tried again', () => server.connections.length >= 3);
  server.faults.refuse = null;
  await until('it comes', () => reader.events.length === 1);
  await reader.stop();

  server.faults.refuse = { status: 400, body: '{"error":"InvalidRequest","message":"bad nsid"}' };
  await assert.rejects(startClient(t, [at(server)]).ended, /STREAM_REFUSED|bad nsid/);
});

test('a silent server is left after the idle time', async (t) => {
  const server = await startJetstream(t, ...sceneEvents(5));
  server.faults.silent = true;
  const timing = {
    handshakeTimeoutMs: 5_000,
    idleTimeoutMs: 200,
    pauseMaxMs: 10_000,
    stableMs: 50,
  };
  const reader = startClient(t, [at(server)], { from: 1, timing });
  await until('it is left', () => reader.count('idle') >= 2);
  server.faults.silent = false;
  await until('all come', () => reader.names.size === 5);
});

test('pings are answered, and a server that only pings is not left', async (t) => {
  const server = await startJetstream(t);
  const timing = {
    handshakeTimeoutMs: 5_000,
    idleTimeoutMs: 400,
    pauseMaxMs: 10_000,
    stableMs: 50,
  };
  const reader = startClient(t, [at(server)], { timing });
  await until('it is connected', () => reader.count('connected') === 1);
  const pinging = setInterval(() => server.ping(), 50);
  t.after(() => clearInterval(pinging));
  const pongs = (): number => server.connections[0]?.pongs ?? 0;
  // Each comes 50 ms after the last one at the earliest: together they outlast the idle time three times.
  await until('the pings are answered', () => pongs() >= 24);
  assert.equal(reader.count('idle'), 0);
  assert.equal(server.connections.length, 1);
  clearInterval(pinging);
  await until('without pings it is left', () => reader.count('idle') === 1);
});

test('a host that refuses for good gives way to the next, and only all of them end the client', async (t) => {
  const first = await startJetstream(t);
  const second = await startJetstream(t, sceneEvent(1));
  first.faults.refuse = { status: 403, body: 'not you' };
  const secret = at(first).url.replace('ws://', 'ws://user:password@');
  const hosts = [{ ...at(first), url: `${secret}?key=hidden` }, at(second)];
  const reader = startClient(t, hosts, { from: 1 });
  await until('the second gives it', () => reader.events.length === 1);
  second.faults.refuse = { status: 403, body: 'not now' };
  second.cut();
  // What was taken once is refused for a reason that may pass.
  await until('both have refused', () => reader.count('disconnected') >= 4);
  second.faults.refuse = null;
  second.append(sceneEvent(2));
  await until('it comes', () => reader.names.size === 2);

  second.faults.refuse = { status: 404, body: 'nor here' };
  await assert.rejects(startClient(t, hosts, { from: 1 }).ended, (reason: Error) => {
    assert.match(String(reason), /STREAM_REFUSED|404|403/);
    assert.doesNotMatch(`${reason.stack} ${JSON.stringify(reason)}`, /password|hidden/);
    return true;
  });
});

test('the next host takes over, and reading begins ten seconds earlier there', async (t) => {
  const first = await startJetstream(t, ...sceneEvents(10));
  const second = await startJetstream(t, ...sceneEvents(20));
  const reader = startClient(t, [at(first), at(second)], { from: sceneEvent(1).time_us });
  await until('the first gives what it has', () => reader.names.size === 10);
  await first.close();
  await until('the second gives the rest', () => reader.names.size === 20);
  const cursor = Number(second.connections[0]?.query.get('cursor'));
  assert.equal(cursor, sceneEvent(10).time_us - 10_000_000);
});

test('a long queue pauses the connection, a short one lets it go on', async (t) => {
  const events = sceneEvents(6000);
  const server = await startJetstream(t, ...events);
  const reader = startClient(t, [at(server)], { from: 1, reading: false });
  await until('it pauses', () => reader.count('paused') === 1);
  assert.ok(reader.queue.size > 1000 && reader.queue.size <= 2000, `${reader.queue.size}`);
  void reader.read();
  await until('all come', () => reader.names.size === 6000);
  assert.ok(reader.queueMost <= 2000, `${reader.queueMost}`);
  await until('every pause ends', () => reader.count('paused') === reader.count('resumed'));
  assert.equal(reader.count('overflow'), 0);
  assert.equal(server.connections.length, 1);
});

test('a pause that is too long closes, and reading resumes by cursor when the queue is short', async (t) => {
  const server = await startJetstream(t, ...sceneEvents(3000));
  server.sendsCursor = true;
  const timing = {
    handshakeTimeoutMs: 5_000,
    idleTimeoutMs: 10_000,
    pauseMaxMs: 100,
    stableMs: 50,
  };
  const reader = startClient(t, [at(server)], { from: 1, reading: false, timing });
  await until('it closes', () => reader.count('disconnected') === 1);
  assert.equal(reader.count('pause-limit'), 1);
  const stored = reader.queue.size;
  assert.equal(server.connections.length, 1, 'it must not come back while the queue is long');
  void reader.read();
  await until('all come', () => reader.names.size === 3000);
  assert.ok(Number(server.connections[1]?.query.get('cursor')) > stored - 200);
});

test('frames of any size and kind come through, for the decoder to judge', async (t) => {
  const server = await startJetstream(t, sceneEvent(1));
  const reader = startClient(t, [at(server)], { from: 1 });
  await until('one comes', () => reader.events.length === 1);
  server.sendRaw('{"did":"did:plc:abc","time_us":1,"ki');
  server.sendRaw(Buffer.from([0xff, 0xff]));
  server.sendRaw(`{"did":"${'x'.repeat(10_000_000)}"}`);
  server.append(sceneEvent(2));
  await until('the next one comes', () => reader.events.length === 2);
  assert.equal(reader.rejects, 3);
});

test('many accounts are sent in a message', async (t) => {
  const server = await startJetstream(t, ...sceneEvents(300));
  const dids = Array.from({ length: 150 }, (_, index) => didOf(index + 1));
  const reader = startClient(t, [at(server)], { from: 1, dids });
  await until('theirs come', () => reader.names.size === 150);
  assert.equal(server.connections[0]?.query.get('requireHello'), 'true');
  assert.equal(server.connections[0]?.hello.length, 1);
});

test('a number that version 2 no longer has leads on by time, and is told as a gap', async (t) => {
  const server = await startJetstream(t, ...sceneEvents(30));
  server.oldestSeq = 20;
  const stored = { timeUs: sceneEvent(10).time_us, seq: 10, host: server.host };
  const again = startClient(t, [at(server, 'v2')], { stored });
  await until('what is left comes', () => again.names.size === 11);
  assert.equal(again.count('gap'), 1);
});

test('2,000 events a second come through for five seconds', async (t) => {
  const server = await startJetstream(t);
  const reader = startClient(t, [at(server)]);
  await until('it is connected', () => reader.count('connected') === 1);
  await server.pace(sceneEvents(10_000), 2_000);
  await until('all come', () => reader.names.size === 10_000);
  assert.equal(reader.events.length, 10_000);
  assert.ok(reader.queueMost <= 2000);
});
