import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { firstSlotOfEpoch } from '../../src/core/epoch.ts';
import { inspectCar } from '../../src/pipelines/inspect/inspect-car.ts';
import { layOutEpoch } from '../support/archive-folder.ts';
import {
  archiveNames,
  archivesFolder,
  ledgerArchives,
  skipWithoutArchives,
} from '../support/ledger-archives.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { verifyRun } from '../support/verify-run.ts';

/** Goal: every real archive is verified as whole by whatever way its slots are found, and real history is proven. */

const slotBytesMax = 64 * 1024 * 1024;

const epochFolders = (): { epoch: number; folder: string }[] =>
  archiveNames.map((name) => ({
    epoch: Number(name.split('-')[1]),
    folder: join(archivesFolder, name),
  }));

test('every archive is whole: all its CIDs, sums and links agree, with and without indexes', {
  skip: skipWithoutArchives,
}, async (t) => {
  const golden = new Map(
    [...ledgerArchives()].map(({ name, golden: slots }) => [name.split('/')[1] ?? '', slots]),
  );
  const base = tempFolder(t);
  const bare = tempFolder(t);
  for (const { epoch, folder } of epochFolders()) {
    layOutEpoch(base, epoch, folder);
    layOutEpoch(bare, epoch, folder, (name) => name.endsWith('.car'));
    const first = firstSlotOfEpoch(epoch);
    const indexed = await verifyRun(base, [first, first + 431_999], { slotBytesMax });
    const read = await verifyRun(bare, [first, first + 431_999], { slotBytesMax });
    const slots = golden.get(folder.split('/').at(-1) ?? '') ?? [];
    const sum = (of: (slot: (typeof slots)[number]) => number): number =>
      slots.reduce((total, slot) => total + of(slot), 0);
    for (const report of [indexed, read]) {
      const { locators } = report;
      assert.deepEqual(report.faults, [], `epoch ${epoch} by ${locators[0]?.locator}`);
      assert.equal(report.slots, slots.length);
      assert.equal(
        report.transactions,
        sum(({ transactions }) => transactions),
      );
      assert.equal(
        report.entries,
        sum(({ entries }) => entries),
      );
      assert.equal(report.cids, report.sections);
    }
    assert.notEqual(indexed.locators[0]?.locator, read.locators[0]?.locator);
  }
});

test('history is proven from genesis on, and from a slot whose parent the archive holds', {
  skip: skipWithoutArchives,
}, async (t) => {
  const base = tempFolder(t);
  for (const { epoch, folder } of epochFolders()) if (epoch === 0) layOutEpoch(base, epoch, folder);
  const genesis = await verifyRun(base, [0, 1], { poh: true, slotBytesMax });
  assert.deepEqual([genesis.faultCount, genesis.chainStartCount], [0, 0]);
  assert.deepEqual(genesis.poh, { entries: genesis.entries, hashes: 1_600_000 });
  const second = await verifyRun(base, [2, 2], { poh: true, slotBytesMax });
  assert.deepEqual([second.faultCount, second.chainStartCount], [0, 0]);
  assert.equal(second.poh?.entries, second.entries);
});

test('all but the first entry of the real slot 68,234,640 are proven, for its parent is not there', {
  skip: skipWithoutArchives,
}, async (t) => {
  const base = tempFolder(t);
  for (const { epoch, folder } of epochFolders())
    if (epoch === 157) layOutEpoch(base, epoch, folder);
  const report = await verifyRun(base, [68_234_640, 68_234_640], { poh: true, slotBytesMax });
  assert.equal(report.faultCount, 0);
  assert.deepEqual([report.entries, report.poh?.entries], [3657, 3656]);
  assert.deepEqual(report.chainStarts, [{ slot: 68_234_640, parentSlot: 68_234_639 }]);
});

test('every section of every archive is listed without a fault, the root last', {
  skip: skipWithoutArchives,
}, async () => {
  for (const { epoch, folder } of epochFolders()) {
    const path = `${folder}/epoch-${epoch}.car`;
    const bounds = { from: null, windowBytes: 1 << 18, sectionBytesMax: 32 << 20 };
    let roots: readonly string[] = [];
    let last = '';
    let end = 0;
    for await (const item of inspectCar({ path, ...bounds }, new AbortController().signal)) {
      if (item.type === 'header') {
        roots = item.roots;
        end = item.headerBytes;
        continue;
      }
      assert.equal(item.fault, null, `${path} at ${item.offset}`);
      assert.equal(item.offset, end, path);
      end = item.offset + item.size;
      last = item.cid;
    }
    assert.deepEqual(roots, [last], path);
  }
});
