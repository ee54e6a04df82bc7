import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { firstSlotOfEpoch } from '../../../src/core/epoch.ts';
import { slotRange } from '../../../src/core/slot-range.ts';
import { copyArchive } from '../../support/archive-ways.ts';
import { runShard, type ShardRun } from '../../support/run-shard.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { makeUploadArchive, slotPlaces, type UploadArchive } from '../../support/upload-archive.ts';

/** Goal: an index is only a hint; what it says wrong ends in quarantine or in an error, never in wrong records. */

interface Place {
  readonly offset: number;
  readonly length: number;
}

interface LyingArchive extends UploadArchive {
  /** Where the slots stand in truth. */
  readonly places: readonly Place[];
  /** Rewrites one record of slot-ranges. */
  lie(slot: number, place: Place): void;
}

async function lyingArchive(t: TestContext): Promise<LyingArchive> {
  const base = tempFolder(t);
  const whole = await makeUploadArchive(join(base, 'whole'));
  const archive = copyArchive(whole, join(base, 'copy'), /\.index$|slots\.txt$/);
  const path = join(archive.folder, `epoch-${archive.epoch}-slot-ranges.raw`);
  const index = readFileSync(path);
  return {
    ...archive,
    places: slotPlaces(whole),
    lie: (slot, { offset, length }) => {
      const at = (slot - firstSlotOfEpoch(archive.epoch)) * 12;
      index.writeBigUInt64LE(BigInt(offset), at);
      index.writeUInt32LE(length, at + 8);
      writeFileSync(path, index);
    },
  };
}

function placeOf(archive: LyingArchive, n: number): Place {
  return archive.places[n] ?? { offset: 0, length: 0 };
}

const nowhere: Place = { offset: 0, length: 0 };
const first = firstSlotOfEpoch(321) + 5;
const second = first + 2;
const third = first + 3;

/** Length of the section at `offset`: two bytes of varint, as all here are between 128 and 16,383 bytes long. */
function sectionLength(archive: UploadArchive, offset: number): number {
  const car = readFileSync(archive.carPath);
  const low = car[offset] ?? 0;
  return low < 0x80 ? 1 + low : 2 + ((low & 0x7f) | ((car[offset + 1] ?? 0) << 7));
}

function requireQuarantined({ result, records }: ShardRun, slots: readonly number[]): void {
  assert(result.type === 'shard', JSON.stringify(result));
  assert.deepEqual(
    result.quarantined.map(({ slot, error }) => ({ slot, code: error.code })),
    slots.map((slot) => ({ slot, code: 'ARCHIVE_CORRUPT' })),
  );
  const wrong = records.filter(({ position }) => slots.includes(position.slot));
  assert.deepEqual(wrong, []);
}

test('a slot whose index points behind its first section is not taken for a whole one', async (t) => {
  const archive = await lyingArchive(t);
  const { offset, length } = placeOf(archive, 1);
  const end = offset + length;
  let tried = 0;
  let cut = offset + sectionLength(archive, offset);
  for (; cut + sectionLength(archive, cut) < end; cut += sectionLength(archive, cut)) {
    archive.lie(second, { offset: cut, length: end - cut });
    const run = await runShard({ base: archive.base, range: slotRange(second, second + 1) });
    requireQuarantined(run, [second]);
    tried++;
  }
  assert(tried >= 3, `${tried} places tried`);
  const run = await runShard({ base: archive.base, range: archive.range });
  assert.equal(run.records.length, 4, 'read on from the slot before, nothing is missing');
});

test('the bytes of another slot are not taken for the one that was asked for', async (t) => {
  const archive = await lyingArchive(t);
  archive.lie(second, placeOf(archive, 2));
  archive.lie(third, nowhere);
  const run = await runShard({ base: archive.base, range: slotRange(second, second + 1) });
  requireQuarantined(run, [second]);
});

test('an index that points behind the end of the file is refused', async (t) => {
  const archive = await lyingArchive(t);
  archive.lie(third + 1, { offset: 1_000_000, length: 10 });
  const { result } = await runShard({ base: archive.base, range: archive.range });
  assert(result.type === 'failed');
  assert.equal(result.error.code, 'ARCHIVE_CORRUPT');
  assert.equal(result.error.fields['slot'], third + 1);
});

test('a slot that only the index knows goes to quarantine', async (t) => {
  const archive = await lyingArchive(t);
  const { offset, length } = placeOf(archive, 2);
  archive.lie(third + 1, { offset: offset + length, length: 100 });
  const run = await runShard({ base: archive.base, range: archive.range });
  requireQuarantined(run, [third + 1]);
  assert.equal(run.records.length, 4);
});

test('a slot that the index calls skipped is taken where it is met all the same', async (t) => {
  const archive = await lyingArchive(t);
  archive.lie(second, nowhere);
  const run = await runShard({ base: archive.base, range: archive.range });
  requireQuarantined(run, []);
  assert(run.result.type === 'shard');
  assert.equal(run.records.length, 4);
  assert.equal(run.result.counters.slotsDone, 3);
  assert.equal(run.result.counters.slotsSkipped, 5);
});

for (const [what, listed, quarantined] of [
  ['lists a slot that is not there', [first, second, third, third + 1], [third + 1]],
  ['leaves out a slot that is there', [first, third], []],
] as const) {
  test(`a list of slots that ${what} hides nothing`, async (t) => {
    const base = tempFolder(t);
    const whole = await makeUploadArchive(join(base, 'whole'));
    const archive = copyArchive(whole, join(base, 'copy'), /slot-ranges|\.index$/);
    const path = join(archive.folder, '321.slots.txt');
    rmSync(path);
    writeFileSync(path, listed.map((slot) => `${slot}\n`).join(''));
    const run = await runShard({ base: archive.base, range: archive.range });
    requireQuarantined(run, quarantined);
    assert(run.result.type === 'shard');
    assert.equal(run.records.length, 4);
    const { slotsDone, slotsSkipped } = run.result.counters;
    assert.equal(slotsDone + slotsSkipped + quarantined.length, 8);
  });
}
