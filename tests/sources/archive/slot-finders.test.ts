import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { firstSlotOfEpoch } from '../../../src/core/epoch.ts';
import { OperatingError } from '../../../src/core/errors.ts';
import { slotRange } from '../../../src/core/slot-range.ts';
import type { SlotLocator } from '../../../src/model/worker-task.ts';
import { type Archive, openArchive } from '../../../src/sources/archive/archive.ts';
import type { EpochArchive } from '../../../src/sources/archive/epoch-archive.ts';
import type { LocatedSlots } from '../../../src/sources/archive/located-slots.ts';
import { archiveAt, archiveOptions, layOutEpoch } from '../../support/archive-folder.ts';
import { makeArchive, noise, slotsWithHoles } from '../../support/archive-made.ts';
import { makeTempFolder } from '../../support/archive-temp.ts';

const EPOCH = 3;
const FIRST = firstSlotOfEpoch(EPOCH);
const never = new AbortController().signal;
const slots = slotsWithHoles(EPOCH, 150);
const scratch = makeTempFolder();
after(() => scratch.remove());

const leaveOut: Record<SlotLocator, RegExp> = {
  'slot-ranges': /^$/,
  'compact-index': /slot-ranges/,
  bisect: /slot-ranges|\.index$/,
  scan: /slot-ranges|\.index$|slots\.txt$/,
};
let packed = '';

before(async () => {
  // 120 slots of about 90 KB: long enough for the bisection to jump before it walks.
  const metadata = (n: number) => noise(90_000, n);
  packed = (await makeArchive(join(scratch.path, 'packed'), { epoch: EPOCH, slots, metadata }))
    .folder;
});

/** A copy of the packed archive that a test may change. */
function copyOf(name: string, keep: RegExp): string {
  const base = join(scratch.path, name);
  layOutEpoch(base, EPOCH, packed, (file) => !keep.test(file));
  return base;
}

function replace(base: string, name: string, change: (bytes: Buffer) => Buffer): void {
  const path = join(base, String(EPOCH), name);
  const bytes = change(Buffer.from(readFileSync(path)));
  rmSync(path);
  writeFileSync(path, bytes);
}

async function withEpoch(
  base: string,
  use: (epoch: EpochArchive) => Promise<void>,
  location = archiveAt(base),
): Promise<void> {
  const archive: Archive = openArchive(location, archiveOptions);
  const epoch = await archive.epoch(EPOCH, never);
  try {
    await use(epoch);
  } finally {
    epoch.close();
    archive.close();
  }
}

const span = (located: LocatedSlots) => {
  const last = located.runs.at(-1);
  return [located.runs[0]?.offset ?? 0, last === undefined ? 0 : last.offset + last.length];
};

const ranges = fc
  .tuple(fc.integer({ min: 0, max: 170 }), fc.integer({ min: 1, max: 170 }))
  .map(([start, length]) => slotRange(FIRST + start, FIRST + start + length));

test('the four ways of finding slots agree on every range', async () => {
  const archives = new Map<SlotLocator, EpochArchive>();
  for (const [locator, keep] of Object.entries(leaveOut) as [SlotLocator, RegExp][]) {
    const archive = openArchive(archiveAt(copyOf(`agree-${locator}`, keep)), archiveOptions);
    archives.set(locator, await archive.epoch(EPOCH, never));
  }
  for (const [locator, epoch] of archives) assert.equal(epoch.locator, locator);
  await fc.assert(
    fc.asyncProperty(ranges, async (range) => {
      const expected = slots.filter((slot) => slot >= range.start && slot < range.end);
      const best = await archives.get('slot-ranges')?.locate(range, never);
      assert(best !== undefined);
      assert.deepEqual([...(best.slots ?? [])], expected);
      const compact = await archives.get('compact-index')?.locate(range, never);
      assert.deepEqual({ ...compact, locator: '' }, { ...best, locator: '' });
      const bisected = await archives.get('bisect')?.locate(range, never);
      assert(bisected !== undefined);
      assert.deepEqual([...(bisected.slots ?? [])], expected);
      assert.deepEqual(span(bisected), span(best));
      const scanned = await archives.get('scan')?.locate(range, never);
      assert.equal(scanned?.slots, null);
      assert(scanned.runs[0] !== undefined && scanned.runs[0].offset === 59);
    }),
    { numRuns: 60 },
  );
  for (const epoch of archives.values()) epoch.close();
});

test('each offset and length leads from the first section of a slot to behind its Block', async () => {
  await withEpoch(copyOf('exact', leaveOut['slot-ranges']), async (epoch) => {
    const located = await epoch.locate(slotRange(FIRST, FIRST + 432_000), never);
    let end = epoch.headerEnd;
    for (const [i, offset] of (located.offsets ?? []).entries()) {
      assert.equal(offset, end);
      end = offset + (located.lengths?.[i] ?? 0);
    }
    assert.deepEqual(located.runs, [{ offset: epoch.headerEnd, length: end - epoch.headerEnd }]);
  });
});

test('the legacy indexes can be asked for although there are slot ranges', async () => {
  const base = copyOf('forced', leaveOut['slot-ranges']);
  const location = { ...archiveAt(base), forceLegacyIndex: true };
  await withEpoch(base, async (epoch) => assert.equal(epoch.locator, 'compact-index'), location);
});

test('a folder that holds the files of the epoch itself will do', async () => {
  await withEpoch(packed, async (epoch) => assert.equal(epoch.locator, 'slot-ranges'));
});

const damages: Record<string, (bytes: Buffer) => Buffer> = {
  'too short': (bytes) => bytes.subarray(0, 1000),
  'too long': (bytes) => Buffer.concat([bytes, Buffer.alloc(12)]),
  empty: (bytes) => bytes.fill(0),
  overlapping: (bytes) => {
    const at = (Number(slots[7]) - FIRST) * 12;
    bytes.writeUInt32LE(bytes.readUInt32LE(at) - 1, at);
    return bytes;
  },
  'of another CAR': (bytes) => {
    for (let at = 0; at < bytes.length; at += 12) {
      if (bytes.readUInt32LE(at + 8) > 0) bytes.writeUInt32LE(bytes.readUInt32LE(at) + 1, at);
    }
    return bytes;
  },
};
for (const [what, damage] of Object.entries(damages)) {
  test(`slot ranges that are ${what} are passed over with a note`, async () => {
    const base = copyOf(`damaged-${what}`, leaveOut['slot-ranges']);
    replace(base, `epoch-${EPOCH}-slot-ranges.raw`, damage);
    await withEpoch(base, async (epoch) => {
      assert.equal(epoch.locator, 'compact-index');
      assert.equal(epoch.notes.length, 1);
      assert.match(epoch.notes[0] ?? '', /slot-ranges\.raw/);
    });
  });
}

test('a CAR that was cut off is an error for the slots it lost and none for the others', async () => {
  const base = copyOf('cut', leaveOut['slot-ranges']);
  replace(base, `epoch-${EPOCH}.car`, (bytes) => bytes.subarray(0, 1_000_000));
  await withEpoch(base, async (epoch) => {
    const located = await epoch.locate(slotRange(FIRST, FIRST + 18), never);
    assert.equal(located.slots?.length, 6);
    await assert.rejects(
      epoch.locate(slotRange(FIRST, FIRST + 100), never),
      (error) => error instanceof OperatingError && error.code === 'ARCHIVE_CORRUPT',
    );
  });
});

test('a list of slots that is out of order is not believed', async () => {
  const base = copyOf('disorder', leaveOut.bisect);
  replace(base, `${EPOCH}.slots.txt`, (bytes) => Buffer.concat([bytes, Buffer.from(`${FIRST}\n`)]));
  await withEpoch(base, async (epoch) => {
    assert.equal(epoch.locator, 'scan');
    assert.match(epoch.notes.at(-1) ?? '', /ascending/);
  });
});

test('indexes that were made for another CAR are passed over', async () => {
  const base = copyOf('foreign', leaveOut['compact-index']);
  const { rootCid } = await readRoot(base);
  const name = `epoch-${EPOCH}-${rootCid}-mainnet-slot-to-cid.index`;
  replace(base, name, (bytes) => {
    const at = bytes.indexOf(Buffer.from('01711220', 'hex'));
    bytes[at + 10] = (bytes[at + 10] ?? 0) ^ 1;
    return bytes;
  });
  await withEpoch(base, async (epoch) => {
    assert.equal(epoch.locator, 'bisect');
    assert.match(epoch.notes.join('\n'), /found slot-to-cid of root/);
  });
});

async function readRoot(base: string): Promise<{ rootCid: string | null }> {
  let rootCid: string | null = null;
  await withEpoch(base, async (epoch) => {
    rootCid = epoch.rootCid;
  });
  return { rootCid };
}

test('an epoch that is not there names the places where it was looked for', async () => {
  const archive = openArchive(archiveAt(scratch.path), archiveOptions);
  await assert.rejects(archive.epoch(77, never), (error) => {
    assert(error instanceof OperatingError);
    assert.equal(error.code, 'ARCHIVE_NOT_FOUND');
    assert.match(error.message, /77\/epoch-77\.car/);
    return true;
  });
});

test('a base that is neither folder nor http(s) is refused without showing its secrets', () => {
  assert.throws(
    () => openArchive(archiveAt('s3://key:secret@bucket/prefix'), archiveOptions),
    (error) =>
      error instanceof OperatingError && error.code === 'CONFIG' && !/secret/.test(error.message),
  );
});
