import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { after, before, beforeEach, type TestContext, test } from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import { openArchive } from '../../../src/sources/archive/archive.ts';
import type { EpochArchive } from '../../../src/sources/archive/epoch-archive.ts';
import { parseRetryAfterMs } from '../../../src/sources/archive/http-client.ts';
import { archiveAt, archiveOptions } from '../../support/archive-folder.ts';
import { makeArchive, noise, slotsWithHoles } from '../../support/archive-made.ts';
import {
  type ArchiveServer,
  chunkedRangeHeaders,
  type Fault,
  type FaultyExchange,
  rangeHeaders,
  startArchiveServer,
} from '../../support/archive-server.ts';
import { makeTempFolder } from '../../support/archive-temp.ts';

const EPOCH = 3;
const never = new AbortController().signal;
const scratch = makeTempFolder();
const honest: Fault = () => false;
let server: ArchiveServer;
let car = Buffer.alloc(0);

before(async () => {
  const metadata = (n: number) => noise(20_000, n);
  const slots = slotsWithHoles(EPOCH, 20);
  const made = await makeArchive(join(scratch.path), { epoch: EPOCH, slots, metadata });
  car = readFileSync(made.carPath);
  server = await startArchiveServer(scratch.path);
});
after(async () => {
  await server.close();
  scratch.remove();
});
beforeEach(() => {
  server.fault = honest;
});

/** Opens the epoch while the server is still honest, with a timeout short enough for a test. */
async function openEpoch(t: TestContext): Promise<EpochArchive> {
  const archive = openArchive(archiveAt(server.base), { ...archiveOptions, timeoutMs: 150 });
  t.after(() => archive.close());
  const epoch = await archive.epoch(EPOCH, never);
  t.after(() => epoch.close());
  return epoch;
}

/** Reads a slice of the CAR that is larger than one network packet. */
const readSlice = (epoch: EpochArchive) => epoch.readSlice(100, 60_000, never);
const expectedSlice = () => car.subarray(100, 60_100);

function carFault(answer: (exchange: FaultyExchange) => void): Fault {
  return (exchange) => {
    if (!exchange.request.url?.endsWith('.car')) return false;
    answer(exchange);
    return true;
  };
}

/** Answers the first `times` requests for the CAR with a fault and then honestly. */
function atFirst(times: number, answer: (exchange: FaultyExchange) => void): Fault {
  let left = times;
  return (exchange) => {
    if (!exchange.request.url?.endsWith('.car') || left === 0) return false;
    left--;
    answer(exchange);
    return true;
  };
}

const part = ({ bytes, range }: FaultyExchange) => bytes.subarray(range.start, range.end);

const faults: Record<string, (exchange: FaultyExchange) => void> = {
  'a status of 500': ({ response }) => response.writeHead(500).end('no'),
  'a status of 429': ({ response }) => response.writeHead(429, { 'retry-after': '0' }).end(),
  'an HTML page with status 200': ({ response }) =>
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>'),
  'a page with status 206': (exchange) => {
    const headers = { ...rangeHeaders(exchange), 'content-type': 'text/html' };
    exchange.response.writeHead(206, headers).end('<html>');
  },
  'a connection that is dropped': ({ request }) => request.socket.destroy(),
  'a head and nothing behind it': (exchange) => {
    exchange.response.writeHead(206, rangeHeaders(exchange)).flushHeaders();
  },
  'no head at all': () => undefined,
  'half of the body and then the end of the connection': (exchange) => {
    const { request, response } = exchange;
    response.writeHead(206, rangeHeaders(exchange));
    response.write(part(exchange).subarray(0, 500), () => request.socket.destroy());
  },
  'a wrong Content-Range': (exchange) => {
    const range = { start: exchange.range.start + 1, end: exchange.range.end + 1 };
    const moved = { ...exchange, range };
    exchange.response.writeHead(206, rangeHeaders(moved)).end(part(moved));
  },
  'a Content-Length below the range': (exchange) => {
    const headers = { ...rangeHeaders(exchange), 'content-length': '10' };
    exchange.response.writeHead(206, headers).end(part(exchange).subarray(0, 10));
  },
  'a chunked body that ends too soon': (exchange) => {
    exchange.response.writeHead(206, chunkedRangeHeaders(exchange)).end();
  },
  'bytes that trickle': (exchange) => {
    const { response } = exchange;
    response.writeHead(206, rangeHeaders(exchange));
    const timer = setInterval(() => response.write(part(exchange).subarray(0, 1)), 20);
    response.on('close', () => clearInterval(timer));
  },
};

/** Sends as long as somebody reads. @returns how many bytes were sent so far. */
function sendWithoutEnd(response: ServerResponse): () => number {
  const piece = Buffer.alloc(65_536, 1);
  let sent = 0;
  const more = () => {
    while (!response.destroyed && response.write(piece)) sent += piece.length;
    if (!response.destroyed) response.once('drain', more);
  };
  more();
  return () => sent;
}

test('the honest server is read', async (t) => {
  assert((await readSlice(await openEpoch(t))).equals(expectedSlice()));
});

for (const [what, answer] of Object.entries(faults)) {
  test(`${what} for every request ends in ARCHIVE_UNREACHABLE after the tries`, async (t) => {
    const epoch = await openEpoch(t);
    const before = server.log.length;
    server.fault = carFault(answer);
    await assert.rejects(readSlice(epoch), (error) => {
      assert(error instanceof OperatingError, String(error));
      assert.equal(error.code, 'ARCHIVE_UNREACHABLE');
      assert.equal(error.retryable, true);
      return true;
    });
    assert.equal(server.log.length - before, archiveOptions.triesMax);
  });
}

for (const [what, answer] of Object.entries(faults)) {
  // Bytes that came before a fault are kept, and these are not those of the file.
  if (what === 'bytes that trickle') continue;
  test(`after ${what} another try brings the right bytes`, async (t) => {
    const epoch = await openEpoch(t);
    server.fault = atFirst(2, answer);
    assert((await readSlice(epoch)).equals(expectedSlice()));
  });
}

test('an endless body is cut off where the range ends, and not asked for again', async (t) => {
  const epoch = await openEpoch(t);
  const before = server.log.length;
  let sent = () => 0;
  server.fault = carFault((exchange) => {
    exchange.response.writeHead(206, chunkedRangeHeaders(exchange));
    sent = sendWithoutEnd(exchange.response);
  });
  await assert.rejects(readSlice(epoch), (error) => {
    assert(error instanceof OperatingError);
    assert.equal(error.code, 'ARCHIVE_UNREACHABLE');
    assert.match(error.message, /more came/);
    return true;
  });
  assert.equal(server.log.length - before, 1);
  assert(sent() < 20_000_000, `${sent()} bytes were taken`);
});

test('a broken connection is taken up where it broke', async (t) => {
  const epoch = await openEpoch(t);
  server.fault = atFirst(1, (exchange) => {
    const { request, response } = exchange;
    response.writeHead(206, rangeHeaders(exchange));
    // An orderly end lets the bytes before it arrive, which a reset might overtake.
    response.write(part(exchange).subarray(0, 500), () => request.socket.end());
  });
  assert((await readSlice(epoch)).equals(expectedSlice()));
  assert.match(server.log.at(-1) ?? '', /bytes=600-60099$/);
});

test('a server that wants us to wait is obeyed', async (t) => {
  const epoch = await openEpoch(t);
  const order: string[] = [];
  const refuse = atFirst(1, ({ response }) => {
    response.writeHead(429, { 'retry-after': '1' }).end();
    setTimeout(() => order.push('half a second'), 500);
  });
  server.fault = (exchange) => {
    order.push('request');
    return refuse(exchange);
  };
  assert((await readSlice(epoch)).equals(expectedSlice()));
  assert.deepEqual(order, ['request', 'half a second', 'request']);
});

test('Retry-After is read as seconds or as a date, and never waits for more than a minute', () => {
  const now = Date.parse('Fri, 31 Jan 2025 10:00:00 GMT');
  assert.equal(parseRetryAfterMs('7', now), 7000);
  assert.equal(parseRetryAfterMs('Fri, 31 Jan 2025 10:00:20 GMT', now), 20_000);
  assert.equal(parseRetryAfterMs('Fri, 31 Jan 2025 09:00:00 GMT', now), 0);
  assert.equal(parseRetryAfterMs('86400', now), 60_000);
  assert.equal(parseRetryAfterMs('soon', now), undefined);
  assert.equal(parseRetryAfterMs(undefined, now), undefined);
});

const changes: Record<string, (exchange: FaultyExchange) => void> = {
  'another ETag': (exchange) => {
    const headers = rangeHeaders({ ...exchange, etag: '"two"' });
    exchange.response.writeHead(206, headers).end(part(exchange));
  },
  'the whole of another version': ({ response, bytes }) => {
    response.writeHead(200, { etag: '"two"', 'content-length': bytes.length }).end(bytes);
  },
  'another size': (exchange) => {
    const bytes = Buffer.alloc(exchange.bytes.length + 1);
    exchange.response.writeHead(206, rangeHeaders({ ...exchange, bytes })).end(part(exchange));
  },
  'a range that is not there any more': ({ response }) => response.writeHead(416).end(),
};
for (const [what, answer] of Object.entries(changes)) {
  test(`${what} is ARCHIVE_CHANGED at once`, async (t) => {
    const epoch = await openEpoch(t);
    const before = server.log.length;
    server.fault = carFault(answer);
    await assert.rejects(readSlice(epoch), (error) => {
      assert(error instanceof OperatingError);
      assert.equal(error.code, 'ARCHIVE_CHANGED');
      assert.equal(error.retryable, false);
      return true;
    });
    assert.equal(server.log.length - before, 1);
  });
}

const refusals: Record<string, [string, (exchange: FaultyExchange) => void]> = {
  'a server without ranges': [
    'ARCHIVE_UNREACHABLE',
    ({ response, bytes }) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes),
  ],
  'a status of 403': ['ARCHIVE_UNREACHABLE', ({ response }) => response.writeHead(403).end()],
  'a status of 404': ['ARCHIVE_NOT_FOUND', ({ response }) => response.writeHead(404).end()],
  'redirects in a circle': [
    'ARCHIVE_UNREACHABLE',
    ({ request, response }) => response.writeHead(302, { location: request.url ?? '' }).end(),
  ],
  'a redirect to a file on the disk': [
    'ARCHIVE_CORRUPT',
    ({ response }) => response.writeHead(302, { location: 'file:///etc/hosts' }).end(),
  ],
  'compressed bytes': [
    'ARCHIVE_UNREACHABLE',
    (exchange) => {
      const headers = { ...rangeHeaders(exchange), 'content-encoding': 'gzip' };
      exchange.response.writeHead(206, headers).end(part(exchange));
    },
  ],
  'a file without a size': [
    'ARCHIVE_UNREACHABLE',
    ({ response }) => response.writeHead(206, { 'content-range': 'bytes 0-0/*' }).end('x'),
  ],
};
for (const [what, [code, answer]] of Object.entries(refusals)) {
  test(`${what} is ${code} when the epoch is opened, without more tries`, async (t) => {
    const archive = openArchive(archiveAt(server.base), archiveOptions);
    t.after(() => archive.close());
    const before = server.log.length;
    server.fault = carFault(answer);
    await assert.rejects(
      archive.epoch(EPOCH, never),
      (error) => error instanceof OperatingError && error.code === code && !error.retryable,
    );
    assert(server.log.length - before <= 6);
  });
}

test('redirects are followed', async (t) => {
  server.fault = ({ request, response }) => {
    const url = request.url ?? '';
    if (url.includes('moved')) return false;
    response.writeHead(307, { location: `${url}?moved` }).end();
    return true;
  };
  assert((await readSlice(await openEpoch(t))).equals(expectedSlice()));
});

test('a page instead of an index is passed over', async (t) => {
  server.fault = ({ request, response }) => {
    if (request.url?.endsWith('.car')) return false;
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>welcome</html>');
    return true;
  };
  const epoch = await openEpoch(t);
  assert.equal(epoch.locator, 'scan');
  assert.match(epoch.notes.join('\n'), /HTML page/);
});

test('an endless index is cut off at the size that an index may have', async (t) => {
  let sent = () => 0;
  server.fault = ({ request, response }) => {
    if (!request.url?.includes('slot-ranges')) return false;
    response.writeHead(200);
    sent = sendWithoutEnd(response);
    return true;
  };
  const epoch = await openEpoch(t);
  assert.equal(epoch.locator, 'compact-index');
  assert(sent() < 20_000_000, `${sent()} bytes were taken`);
});

test('an unreachable server for indexes ends the search instead of making it expensive', async (t) => {
  server.fault = ({ request, response }) => {
    if (!request.url?.includes('slot-ranges')) return false;
    response.writeHead(503).end();
    return true;
  };
  await assert.rejects(
    openEpoch(t),
    (error) => error instanceof OperatingError && error.code === 'ARCHIVE_UNREACHABLE',
  );
});

test('a reader meets a fault in the middle of a run after the bytes before it', async (t) => {
  const epoch = await openEpoch(t);
  server.fault = (exchange) => {
    if (exchange.range.start < 131_072) return false;
    exchange.response.writeHead(500).end();
    return true;
  };
  const window = Buffer.alloc(30_000);
  const reader = epoch.openRun({ offset: 0, length: car.length }, window, never);
  t.after(() => reader.close());
  let at = 0;
  const readOn = async () => {
    for (let consumed = 0; !reader.finished; consumed = reader.end) {
      await reader.advance(consumed);
      const held = window.subarray(0, reader.end);
      assert(held.equals(car.subarray(reader.baseOffset, reader.baseOffset + held.length)));
      at = reader.baseOffset + reader.end;
    }
  };
  await assert.rejects(
    readOn(),
    (error) => error instanceof OperatingError && error.code === 'ARCHIVE_UNREACHABLE',
  );
  assert.equal(at, 131_072);
});

test('a caller that cancels is let go while the server is silent', async (t) => {
  const archive = openArchive(archiveAt(server.base), archiveOptions);
  t.after(() => archive.close());
  const cancel = new AbortController();
  server.fault = () => {
    cancel.abort();
    return true;
  };
  await assert.rejects(
    archive.epoch(EPOCH, cancel.signal),
    (error) => error instanceof OperatingError && error.code === 'CANCELLED',
  );
});

test('a caller that cancels is let go while it waits for another try', async (t) => {
  const slow = { ...archiveOptions, backoff: { firstMs: 60_000, maxMs: 60_000 } };
  const archive = openArchive(archiveAt(server.base), slow);
  t.after(() => archive.close());
  const cancel = new AbortController();
  server.fault = ({ response }) => {
    // The client drops the connection as soon as it has seen the status.
    response.on('close', () => cancel.abort());
    response.writeHead(503).flushHeaders();
    return true;
  };
  await assert.rejects(
    archive.epoch(EPOCH, cancel.signal),
    (error) => error instanceof OperatingError && error.code === 'CANCELLED',
  );
});

test('nobody listening is ARCHIVE_UNREACHABLE and worth another try', async () => {
  const closed = await startArchiveServer(scratch.path);
  await closed.close();
  const archive = openArchive(archiveAt(closed.base), archiveOptions);
  await assert.rejects(archive.epoch(EPOCH, never), (error) => {
    assert(error instanceof OperatingError);
    assert.equal(error.code, 'ARCHIVE_UNREACHABLE');
    assert.equal(error.retryable, true);
    assert.match(error.message, /ECONNREFUSED/);
    return true;
  });
});
