import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { firstSlotOfEpoch } from '../../src/core/epoch.ts';
import { slotRange } from '../../src/core/slot-range.ts';
import type { SlotLocator } from '../../src/model/worker-task.ts';
import { openArchive } from '../../src/sources/archive/archive.ts';
import type { EpochArchive } from '../../src/sources/archive/epoch-archive.ts';
import { archiveAt, archiveOptions, layOutEpoch } from '../support/archive-folder.ts';
import { archiveNames, archivesFolder, skipWithoutArchives } from '../support/ledger-archives.ts';
import { tempFolder } from '../support/temp-folder.ts';

const never = new AbortController().signal;

/** Which files to leave out so that a locator becomes the best one. */
const withoutFiles: Record<SlotLocator, RegExp> = {
  'slot-ranges': /^$/,
  'compact-index': /slot-ranges/,
  bisect: /slot-ranges|\.index$/,
  scan: /slot-ranges|\.index$|slots\.txt$/,
};

interface GoldenSlot {
  readonly slot: number;
  readonly range: readonly [number, number];
}

function readGolden(folder: string, epoch: number): readonly GoldenSlot[] {
  const text = readFileSync(join(folder, `golden-epoch-${epoch}.json`), 'utf8');
  return (JSON.parse(text) as { slots: GoldenSlot[] }).slots;
}

function sampleRanges(epoch: number, golden: readonly GoldenSlot[]) {
  const first = firstSlotOfEpoch(epoch);
  const slots = golden.map(({ slot }) => slot);
  const at = (part: number) => slots[Math.floor(part * (slots.length - 1))] ?? first;
  return [
    slotRange(first, first + 432_000),
    slotRange(at(0), at(0) + 1),
    slotRange(at(1), at(1) + 1),
    slotRange(at(0.3), at(0.3) + 7),
    slotRange(at(0.5), first + 432_000),
    slotRange(first, at(0.5) + 1),
    slotRange(at(1) + 1, at(1) + 100),
  ];
}

async function requireGolden(
  epochArchive: EpochArchive,
  golden: readonly GoldenSlot[],
): Promise<void> {
  for (const range of sampleRanges(epochArchive.epoch, golden)) {
    const expected = golden.filter(({ slot }) => slot >= range.start && slot < range.end);
    const located = await epochArchive.locate(range, never);
    assert.equal(located.locator, epochArchive.locator);
    if (located.slots !== null)
      assert.deepEqual(
        [...located.slots],
        expected.map((g) => g.slot),
      );
    if (located.offsets !== null && located.lengths !== null) {
      assert.deepEqual(
        [...located.offsets],
        expected.map((g) => g.range[0]),
      );
      assert.deepEqual(
        [...located.lengths],
        expected.map((g) => g.range[1]),
      );
    }
    if (located.locator === 'scan') continue;
    const first = expected[0];
    const last = expected.at(-1);
    const runs =
      first === undefined || last === undefined
        ? []
        : [{ offset: first.range[0], length: last.range[0] + last.range[1] - first.range[0] }];
    assert.deepEqual(located.runs, runs, `${located.locator} ${range.start}..${range.end}`);
  }
}

for (const name of archiveNames) {
  const epoch = Number(/^epoch-(\d+)/.exec(name)?.[1]);
  for (const [locator, without] of Object.entries(withoutFiles)) {
    test(`${name}: slots stand where the oracle says, found by ${locator}`, {
      skip: skipWithoutArchives,
    }, async (t) => {
      const base = tempFolder(t);
      const from = join(archivesFolder, name);
      layOutEpoch(base, epoch, from, (file) => !without.test(file));
      const archive = openArchive(archiveAt(base), archiveOptions);
      const opened = await archive.epoch(epoch, never);
      try {
        assert.equal(opened.locator, locator);
        assert.equal(`${opened.rootCid}\n`, readFileSync(join(from, `epoch-${epoch}.cid`), 'utf8'));
        await requireGolden(opened, readGolden(from, epoch));
      } finally {
        opened.close();
        archive.close();
      }
    });
  }
}
