import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { firstSlotOfEpoch } from '../../../src/core/epoch.ts';
import { OperatingError } from '../../../src/core/errors.ts';
import { slotRange } from '../../../src/core/slot-range.ts';
import { openArchive } from '../../../src/sources/archive/archive.ts';
import { parseCompactHeader } from '../../../src/sources/archive/compact-index.ts';
import { readSlotToCid } from '../../../src/sources/archive/slot-to-cid.ts';
import { archiveAt, archiveOptions } from '../../support/archive-folder.ts';
import { type MadeArchive, makeArchive } from '../../support/archive-made.ts';
import { makeTempFolder } from '../../support/archive-temp.ts';

const EPOCH = 5;
const FIRST = firstSlotOfEpoch(EPOCH);
const never = new AbortController().signal;
const scratch = makeTempFolder();
const location = { ...archiveAt(join(scratch.path, 'made')), forceLegacyIndex: true };
let made: MadeArchive;
after(() => scratch.remove());

before(async () => {
  const slots = Array.from({ length: 4000 }, (_, n) => FIRST + 100 + n * 7);
  made = await makeArchive(join(scratch.path, 'made'), { epoch: EPOCH, slots });
});

function indexPath(kind: string): string {
  const name = readdirSync(made.folder).find((file) => file.endsWith(`-${kind}.index`));
  assert(name !== undefined);
  return join(made.folder, name);
}

test('slots that the index finds by mistake are told from those that are present', async () => {
  const bytes = readFileSync(indexPath('slot-to-cid'));
  const index = readSlotToCid(bytes, parseCompactHeader(bytes, 'index'), EPOCH);
  const present = new Set(made.slots);
  const mistaken: number[] = [];
  for (let slot = FIRST; slot < FIRST + 432_000; slot++) {
    const presence = index.presence(slot);
    if (presence === 'present') assert(present.has(slot));
    else if (presence === 'contested' && !present.has(slot)) mistaken.push(slot);
  }
  assert(mistaken.length > 0, 'this archive was made so that some absent slots are found');

  const archive = openArchive(location, archiveOptions);
  const epoch = await archive.epoch(EPOCH, never);
  const whole = await epoch.locate(slotRange(FIRST, FIRST + 432_000), never);
  assert.deepEqual(whole.slots, Float64Array.from(made.slots));
  for (const slot of mistaken) {
    const alone = await epoch.locate(slotRange(slot, slot + 1), never);
    assert.deepEqual([...(alone.slots ?? [])], []);
    assert.deepEqual(alone.runs, []);
    const next = made.slots.find((candidate) => candidate > slot);
    if (next === undefined) continue;
    const [run] = (await epoch.locate(slotRange(slot, next + 1), never)).runs;
    const [expected] = (await epoch.locate(slotRange(next, next + 1), never)).runs;
    assert.deepEqual(run, expected);
  }
  epoch.close();
});

test('a damaged index is refused, passed over, or answers rightly', async () => {
  const range = slotRange(FIRST + 100, FIRST + 108);
  const open = openArchive(location, archiveOptions);
  const honest = await open.epoch(EPOCH, never);
  const right = (await honest.locate(range, never)).runs;
  honest.close();
  const path = indexPath('cid-to-offset-and-size');
  const bytes = readFileSync(path);
  const places = [0, 9, 13, 20, 24, 25, 30, 60, 120, 140, 150, 160];
  const outcomes = new Set<string>();
  for (const [n, at] of places.entries()) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (n % 8));
    rmSync(path);
    writeFileSync(path, damaged);
    try {
      const epoch = await open.epoch(EPOCH, never);
      const located = await epoch.locate(range, never);
      outcomes.add(located.locator);
      assert.deepEqual(located.runs, right);
      epoch.close();
    } catch (error) {
      assert(error instanceof OperatingError && error.code === 'ARCHIVE_CORRUPT', String(error));
      outcomes.add('refused');
    }
  }
  rmSync(path);
  writeFileSync(path, bytes);
  assert(outcomes.has('bisect'), [...outcomes].join());
});
