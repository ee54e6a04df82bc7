import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { firstSlotOfEpoch } from '../../src/core/epoch.ts';
import { slotRange } from '../../src/core/slot-range.ts';
import type { SlotLocator } from '../../src/model/worker-task.ts';
import { layOutEpoch } from '../support/archive-folder.ts';
import {
  type GoldenSlot,
  ledgerArchives,
  skipWithoutArchives,
} from '../support/ledger-archives.ts';
import { type RunShardOptions, runShard } from '../support/run-shard.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: whatever finds the slots and however they are cut, a shard reads what an independent program found. */

const ledger = fileURLToPath(new URL('../../../shared/fixtures/ledger/', import.meta.url));
const bigSections = { sectionBytesMax: 32 << 20, slotRecordsBytesMax: 64 << 20 };

const withoutFiles: Record<SlotLocator, RegExp> = {
  'slot-ranges': /^$/,
  'compact-index': /slot-ranges/,
  bisect: /slot-ranges|\.index$/,
  scan: /slot-ranges|\.index$|slots\.txt$/,
};

function row({ slot, transactions, votes, blockTime }: GoldenSlot) {
  return { slot, transactions, votes, blockTime };
}

async function requireGolden(
  golden: readonly GoldenSlot[],
  options: RunShardOptions,
): Promise<void> {
  const { range } = options;
  const expected = golden.filter(({ slot }) => slot >= range.start && slot < range.end);
  const run = await runShard({ ...options, limits: { ...bigSections, ...options.limits } });
  assert(run.result.type === 'shard', JSON.stringify(run.result));
  assert.deepEqual(run.result.quarantined, []);
  assert.deepEqual(run.slots, expected.map(row));
  const { counters } = run.result;
  assert.equal(counters.slotsDone, expected.length);
  assert.equal(counters.slotsSkipped, range.end - range.start - expected.length);
  assert.equal(
    counters.transactions,
    expected.reduce((sum, slot) => sum + slot.transactions, 0),
  );
  assert.equal(
    counters.entries,
    expected.reduce((sum, slot) => sum + slot.entries, 0),
  );
}

function layOut(t: TestContext, name: string, epoch: number, locator: SlotLocator): string {
  const base = tempFolder(t);
  const from = join(ledger, 'archives', name);
  layOutEpoch(base, epoch, from, (file) => !withoutFiles[locator].test(file));
  return base;
}

const names = skipWithoutArchives === false ? readdirSync(join(ledger, 'archives')) : [];
const locators = Object.keys(withoutFiles) as SlotLocator[];

test('the archives are there', { skip: skipWithoutArchives }, () => assert(names.length >= 7));

for (const archive of ledgerArchives()) {
  const [, name = '', file = ''] = /^archives\/([^/]+)\/(.*)$/.exec(archive.name) ?? [];
  if (name === '') continue;
  const epoch = Number(/\d+/.exec(file)?.[0]);
  const first = firstSlotOfEpoch(epoch);
  const { golden } = archive;
  for (const locator of locators) {
    test(`${name}: every slot of the epoch is read as the oracle read it, found by ${locator}`, async (t) => {
      const base = layOut(t, name, epoch, locator);
      await requireGolden(golden, { base, range: slotRange(first, first + 432_000) });
    });
  }
  test(`${name}: any range in any window is read alike, whatever finds the slots`, async (t) => {
    const bases = new Map(locators.map((one) => [one, layOut(t, name, epoch, one)]));
    const slots = golden.map(({ slot }) => slot);
    const edge = fc.integer({ min: (slots[0] ?? 0) - 3, max: (slots.at(-1) ?? 0) + 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...locators),
        fc.tuple(edge, fc.integer({ min: 1, max: 12 })),
        fc.integer({ min: 64 * 1024, max: 512 * 1024 }),
        fc.constantFrom('all' as const, 'used' as const, 'none' as const),
        async (locator, [start, length], windowBytes, verify) => {
          const from = Math.max(first, start);
          const range = slotRange(from, Math.min(from + length, first + 432_000));
          const base = bases.get(locator) ?? '';
          await requireGolden(golden, { base, range, verify, limits: { windowBytes } });
        },
      ),
      { seed: 157, numRuns: 12, endOnFailure: true },
    );
  });
}

test('a slice with a header of length zero is read like the archive it was cut from', {
  skip: skipWithoutArchives,
}, async (t) => {
  const archive = [...ledgerArchives()].find(({ name }) => name.endsWith('157-biggest.car'));
  assert(archive !== undefined);
  const base = tempFolder(t);
  mkdirSync(join(base, '157'));
  symlinkSync(join(ledger, archive.name), join(base, '157', 'epoch-157.car'));
  const first = firstSlotOfEpoch(157);
  await requireGolden(archive.golden, { base, range: slotRange(first, first + 432_000) });
});
