import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { SLOTS_PER_EPOCH } from '../../src/core/epoch.ts';
import {
  intersectRanges,
  mergeRanges,
  type SlotRange,
  slotCount,
  slotRange,
  splitByEpoch,
  subtractRanges,
} from '../../src/core/slot-range.ts';

const small = fc
  .tuple(fc.nat(60), fc.integer({ min: 1, max: 30 }))
  .map(([start, length]): SlotRange => ({ start, end: start + length }));

function members(ranges: readonly SlotRange[]): Set<number> {
  const slots = new Set<number>();
  for (const range of ranges) for (let s = range.start; s < range.end; s++) slots.add(s);
  return slots;
}

function assertAscending(ranges: readonly SlotRange[]): void {
  for (const [i, range] of ranges.entries()) {
    assert(range.end > range.start);
    assert(i === 0 || range.start >= (ranges[i - 1]?.end ?? 0));
  }
}

test('subtracting leaves exactly the slots that were not done', () => {
  fc.assert(
    fc.property(small, fc.array(small, { maxLength: 6 }), (range, done) => {
      const left = subtractRanges(range, done);
      assertAscending(left);
      const expected = members([range]);
      for (const slot of members(done)) expected.delete(slot);
      assert.deepEqual(members(left), expected);
    }),
  );
});

test('merging keeps the slots and joins what touches', () => {
  fc.assert(
    fc.property(fc.array(small, { maxLength: 8 }), (ranges) => {
      const merged = mergeRanges(ranges);
      assertAscending(merged);
      for (let i = 1; i < merged.length; i++) {
        assert(
          (merged[i]?.start ?? 0) > (merged[i - 1]?.end ?? 0),
          'touching ranges were not joined',
        );
      }
      assert.deepEqual(members(merged), members(ranges));
    }),
  );
});

test('the intersection is what both ranges hold', () => {
  fc.assert(
    fc.property(small, small, (a, b) => {
      const both = intersectRanges(a, b);
      const expected = [...members([a])].filter((slot) => members([b]).has(slot));
      assert.deepEqual([...members(both === undefined ? [] : [both])], expected);
    }),
  );
});

test('splitting at epochs covers the range and stays inside one epoch', () => {
  const range = slotRange(SLOTS_PER_EPOCH - 3, 3 * SLOTS_PER_EPOCH + 1);
  const parts = splitByEpoch(range);
  assert.deepEqual(
    parts.map((part) => part.epoch),
    [0, 1, 2, 3],
  );
  assert.equal(
    parts.reduce((sum, part) => sum + slotCount(part.range), 0),
    slotCount(range),
  );
  assertAscending(parts.map((part) => part.range));
});

test('a range must hold at least one slot', () => {
  assert.throws(() => slotRange(5, 5));
  assert.throws(() => slotRange(-1, 5));
});
