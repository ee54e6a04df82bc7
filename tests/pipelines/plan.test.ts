import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { PlannedShard } from '../../src/model/worker-task.ts';
import { planShards, runPlan } from '../../src/pipelines/plan.ts';
import type { LocatedSlots } from '../../src/sources/archive/located-slots.ts';
import { archiveAt, layOutEpoch } from '../support/archive-folder.ts';
import { makeArchive, slotsWithHoles } from '../support/archive-made.ts';
import { smallLimits } from '../support/run-shard.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: shards cover a range exactly, none is out of bounds, and what they hold adds up. */

interface Sample {
  readonly start: number;
  readonly end: number;
  /** Distance of each present slot to the one before, and its length in bytes. */
  readonly slots: readonly { readonly slot: number; readonly length: number }[];
}

const samples = fc
  .record({
    start: fc.integer({ min: 0, max: 10_000_000 }),
    steps: fc.array(
      fc.record({ gap: fc.integer({ min: 1, max: 60 }), length: fc.integer({ min: 1, max: 999 }) }),
      { maxLength: 80 },
    ),
    before: fc.integer({ min: 0, max: 100 }),
    after: fc.integer({ min: 1, max: 100 }),
  })
  .map(({ start, steps, before, after }): Sample => {
    let slot = start + before;
    const slots = steps.map(({ gap, length }) => {
      const present = { slot, length };
      slot += gap;
      return present;
    });
    return { start, end: (slots.at(-1)?.slot ?? start + before) + after, slots };
  });

const bounds = fc.record({
  bytesTarget: fc.integer({ min: 1, max: 5000 }),
  slotsMax: fc.integer({ min: 1, max: 200 }),
});

function located({ slots }: Sample): LocatedSlots {
  let offset = 59;
  const offsets = slots.map(({ length }) => {
    offset += length;
    return offset - length;
  });
  return {
    locator: 'slot-ranges',
    slots: Float64Array.from(slots, ({ slot }) => slot),
    offsets: Float64Array.from(offsets),
    lengths: Float64Array.from(slots, ({ length }) => length),
    runs: [{ offset: 59, length: offset - 59 }],
  };
}

function inside(sample: Sample, { range }: PlannedShard): Sample['slots'] {
  return sample.slots.filter(({ slot }) => slot >= range.start && slot < range.end);
}

test('shards cover the range exactly, in order, and each holds the slots and bytes it says', () => {
  fc.assert(
    fc.property(samples, bounds, (sample, limits) => {
      const { start, end } = sample;
      const shards = planShards({ start, end }, located(sample), limits);
      assert.equal(shards[0]?.range.start, start);
      assert.equal(shards.at(-1)?.range.end, end);
      for (const [i, shard] of shards.entries()) {
        if (i > 0) assert.equal(shard.range.start, shards[i - 1]?.range.end);
        const held = inside(sample, shard);
        assert.equal(shard.slotsPresent, held.length);
        assert.equal(
          shard.bytes,
          held.reduce((sum, { length }) => sum + length, 0),
        );
      }
    }),
  );
});

test('no shard is empty or has more slots than allowed, and only a single slot may exceed the bytes', () => {
  fc.assert(
    fc.property(samples, bounds, (sample, limits) => {
      const { start, end } = sample;
      for (const shard of planShards({ start, end }, located(sample), limits)) {
        const slots = shard.range.end - shard.range.start;
        assert(slots >= 1 && slots <= limits.slotsMax, `${slots} slots`);
        assert(shard.bytes <= limits.bytesTarget || shard.slotsPresent === 1, `${shard.bytes}`);
      }
    }),
  );
});

test('a shard ends only where the next slot or the bound on slots leaves no other choice', () => {
  fc.assert(
    fc.property(samples, bounds, (sample, limits) => {
      const { start, end } = sample;
      const shards = planShards({ start, end }, located(sample), limits);
      for (const [i, shard] of shards.slice(0, -1).entries()) {
        const full = shard.range.end - shard.range.start === limits.slotsMax;
        const next = inside(sample, shards[i + 1] ?? shard)[0];
        const wouldExceed = shard.bytes + (next?.length ?? 0) > limits.bytesTarget;
        assert(full || (wouldExceed && next?.slot === shard.range.end));
      }
    }),
  );
});

test('where only reading tells the lengths of slots the part stays one shard', () => {
  const runs = [{ offset: 59, length: 1000 }];
  const unknown: LocatedSlots = {
    locator: 'scan',
    slots: null,
    offsets: null,
    lengths: null,
    runs,
  };
  const range = { start: 432_000, end: 432_500 };
  const limits = { bytesTarget: 10, slotsMax: 10 };
  assert.deepEqual(planShards(range, unknown, limits), [{ range, slotsPresent: 500, bytes: 1000 }]);
  const listed = { ...unknown, slots: Float64Array.of(432_003, 432_400) };
  assert.deepEqual(planShards(range, listed, limits), [{ range, slotsPresent: 2, bytes: 1000 }]);
});

test('a plan over two epochs tells what is present, skipped and how each epoch is located', async (t) => {
  const base = tempFolder(t);
  const slots = slotsWithHoles(3, 40);
  const first = await makeArchive(base, { epoch: 3, slots });
  const second = await makeArchive(tempFolder(t), { epoch: 4, slots: [4 * 432_000 + 7] });
  layOutEpoch(base, 4, second.folder, (name) => name.endsWith('.car'));
  const plan = await runPlan(
    {
      type: 'plan',
      archive: archiveAt(base),
      range: { start: 3 * 432_000, end: 5 * 432_000 },
      shardBytesTarget: 2000,
      shardSlotsMax: 432_000,
      limits: smallLimits,
    },
    new AbortController().signal,
  );
  const ofFirst = plan.shards.filter(({ range }) => range.end <= 4 * 432_000);
  assert.equal(
    ofFirst.reduce((sum, { slotsPresent }) => sum + slotsPresent, 0),
    slots.length,
  );
  assert(ofFirst.length > 3, `${ofFirst.length} shards`);
  assert.equal(plan.locators[0]?.locator, 'slot-ranges');
  assert.notEqual(plan.locators[1]?.locator, 'slot-ranges');
  assert.match(plan.notes.join('\n'), /epoch 4 has no list of slots/);
  assert.equal(plan.slotsPresent + plan.slotsSkipped, 2 * 432_000);
  assert.equal(first.slots.length, slots.length);
});
