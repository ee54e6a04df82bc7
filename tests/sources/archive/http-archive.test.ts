import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { firstSlotOfEpoch } from '../../../src/core/epoch.ts';
import { OperatingError } from '../../../src/core/errors.ts';
import { slotRange } from '../../../src/core/slot-range.ts';
import type { ArchiveLocation } from '../../../src/model/worker-task.ts';
import { type ArchiveOptions, openArchive } from '../../../src/sources/archive/archive.ts';
import type { EpochArchive } from '../../../src/sources/archive/epoch-archive.ts';
import type { RunReader } from '../../../src/sources/archive/run-reader.ts';
import { archiveAt, archiveOptions, layOutEpoch } from '../../support/archive-folder.ts';
import { makeArchive, noise, slotsWithHoles } from '../../support/archive-made.ts';
import { type ArchiveServer, startArchiveServer } from '../../support/archive-server.ts';
import { makeTempFolder } from '../../support/archive-temp.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const EPOCH = 3;
const FIRST = firstSlotOfEpoch(EPOCH);
const never = new AbortController().signal;
const slots = slotsWithHoles(EPOCH, 40);
const scratch = makeTempFolder();
const packed = join(scratch.path, 'packed');
let server: ArchiveServer;
let car = Buffer.alloc(0);

before(async () => {
  const metadata = (n: number) => noise(30_000, n);
  const made = await makeArchive(packed, { epoch: EPOCH, slots, metadata });
  car = readFileSync(made.carPath);
  server = await startArchiveServer(packed);
});
after(async () => {
  await server.close();
  scratch.remove();
});

async function withEpoch(
  location: ArchiveLocation,
  use: (epoch: EpochArchive) => Promise<void>,
  options: ArchiveOptions = archiveOptions,
): Promise<void> {
  const archive = openArchive(location, options);
  try {
    const epoch = await archive.epoch(EPOCH, never);
    await use(epoch);
    epoch.close();
  } finally {
    archive.close();
  }
}

async function readAll(reader: RunReader): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let consumed = 0; ; ) {
    await reader.advance(consumed);
    pieces.push(Buffer.from(reader.window.subarray(reader.start, reader.end)));
    consumed = reader.end;
    if (reader.finished) break;
  }
  reader.close();
  return Buffer.concat(pieces);
}

test('a server and a folder give the same slots and the same bytes', async () => {
  const range = slotRange(FIRST + 15, FIRST + 40);
  let local: unknown;
  await withEpoch(archiveAt(packed), async (epoch) => {
    local = await epoch.locate(range, never);
  });
  await withEpoch(archiveAt(server.base), async (epoch) => {
    const located = await epoch.locate(range, never);
    assert.deepEqual(located, local);
    for (const run of located.runs) {
      const bytes = await readAll(epoch.openRun(run, Buffer.alloc(100_000), never));
      assert(bytes.equals(car.subarray(run.offset, run.offset + run.length)));
    }
    const slice = await epoch.readSlice(1000, 5000, never);
    assert(slice.equals(car.subarray(1000, 6000)));
  });
});

test('each way of finding slots works over HTTP', async (t) => {
  const leaveOut = [/slot-ranges/, /slot-ranges|\.index$/, /slot-ranges|\.index$|slots\.txt$/];
  const range = slotRange(FIRST + 15, FIRST + 40);
  const expected = slots.filter((slot) => slot >= range.start && slot < range.end);
  const found: string[] = [];
  for (const keep of leaveOut) {
    const base = tempFolder(t);
    layOutEpoch(base, EPOCH, join(packed, String(EPOCH)), (file) => !keep.test(file));
    const partial = await startArchiveServer(base);
    t.after(() => partial.close());
    await withEpoch(archiveAt(partial.base), async (epoch) => {
      const located = await epoch.locate(range, never);
      found.push(located.locator);
      if (located.slots !== null) assert.deepEqual([...located.slots], expected);
    });
  }
  assert.deepEqual(found, ['compact-index', 'bisect', 'scan']);
});

test('requests share a bounded number of kept connections and say who asks', async (t) => {
  const own = await startArchiveServer(packed);
  t.after(() => own.close());
  const options = {
    ...archiveOptions,
    connectionsMax: 2,
    readAhead: { partBytes: 16_384, partsMax: 8 },
  };
  const whole = { offset: 0, length: car.length };
  await withEpoch(
    archiveAt(own.base),
    async (epoch) => {
      const windows = [Buffer.alloc(50_000), Buffer.alloc(9_000)];
      const readers = windows.map((window) => epoch.openRun(whole, window, never));
      for (const bytes of await Promise.all(readers.map(readAll))) assert(bytes.equals(car));
    },
    options,
  );
  assert(own.log.length > 100);
  assert(own.connectionsMax <= 2, `${own.connectionsMax} connections at once`);
  assert(own.connections <= 4, `${own.connections} connections for ${own.log.length} requests`);
  assert.deepEqual([...own.userAgents], ['millrace/0.0.0-test']);
});

test('read-ahead stays within its bound while nobody reads', async (t) => {
  const own = await startArchiveServer(packed);
  t.after(() => own.close());
  const options = { ...archiveOptions, readAhead: { partBytes: 16_384, partsMax: 3 } };
  await withEpoch(
    archiveAt(own.base),
    async (epoch) => {
      const before = own.log.length;
      const reader = epoch.openRun({ offset: 0, length: car.length }, Buffer.alloc(100), never);
      await reader.advance(0);
      // The slice needs a connection too: it comes when the parts are done.
      await epoch.readSlice(0, 10, never);
      await epoch.readSlice(0, 10, never);
      assert(own.log.length - before <= 3 + 2);
      reader.close();
    },
    options,
  );
});

test('a base below a path, with a password and a query, keeps all three and shows none', async (t) => {
  const seen: (string | undefined)[] = [];
  const proxy = createServer((request, response) => {
    seen.push(request.url, request.headers.authorization);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => proxy.close());
  const { port } = proxy.address() as AddressInfo;
  const base = `http://me:secret@127.0.0.1:${port}/mirror?token=hidden`;
  await assert.rejects(
    withEpoch(archiveAt(base), async () => undefined),
    (error) => {
      assert(error instanceof OperatingError);
      assert.equal(error.code, 'ARCHIVE_NOT_FOUND');
      assert.match(error.message, /\/mirror\/3\/epoch-3\.car/);
      assert.doesNotMatch(error.message + JSON.stringify(error.fields), /secret|hidden/);
      return true;
    },
  );
  const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  assert.deepEqual(seen, ['/mirror/3/epoch-3.car?token=hidden', authorization]);
});

function cacheFiles(folder: string, suffix: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(folder, name));
}

const rangesRequests = (log: readonly string[]) =>
  log.filter((line) => line.includes('slot-ranges')).length;

test('an index is downloaded once, asked after each time, and fetched again when torn', async (t) => {
  const base = tempFolder(t);
  const cacheDir = join(tempFolder(t), 'not', 'there', 'yet');
  layOutEpoch(base, EPOCH, join(packed, String(EPOCH)));
  const own = await startArchiveServer(base);
  t.after(() => own.close());
  const statuses: number[] = [];
  own.fault = ({ request, response }) => {
    const isRanges = request.url?.includes('slot-ranges') ?? false;
    if (isRanges) response.on('finish', () => statuses.push(response.statusCode));
    return false;
  };
  const location = { ...archiveAt(own.base), cacheDir };
  const open = () =>
    withEpoch(location, async (epoch) => {
      assert.equal(epoch.locator, 'slot-ranges');
      const located = await epoch.locate(slotRange(FIRST, FIRST + 100), never);
      assert.deepEqual([...(located.slots ?? [])], slots);
    });
  await open();
  await open();
  assert.deepEqual(statuses, [200, 304]);
  const [kept] = cacheFiles(cacheDir, '.bin');
  assert(kept !== undefined);
  truncateSync(kept, 1000);
  await open();
  appendFileSync(kept, 'x');
  await open();
  const [record] = cacheFiles(cacheDir, '.json');
  assert(record !== undefined);
  writeFileSync(record, '{"size":');
  await open();
  await open();
  assert.deepEqual(statuses, [200, 304, 200, 200, 200, 304]);
  assert.equal(rangesRequests(own.log), 6);
  assert.deepEqual(cacheFiles(cacheDir, '.tmp'), []);
});

test('a cache folder that cannot be written is noted and does no harm', async (t) => {
  const file = join(tempFolder(t), 'a-file');
  writeFileSync(file, '');
  const location = { ...archiveAt(server.base), cacheDir: join(file, 'below') };
  await withEpoch(location, async (epoch) => {
    assert.equal(epoch.locator, 'slot-ranges');
    assert.match(epoch.notes.join('\n'), /keeping http.*slot-ranges/);
  });
});
