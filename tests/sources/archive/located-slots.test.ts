import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { slotRange } from '../../../src/core/slot-range.ts';
import { coalesceRuns, slotsWithin } from '../../../src/sources/archive/located-slots.ts';

/** Slots with the gap before each of them and their length. */
const layouts = fc.array(
  fc.record({
    gap: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4 * 1024 * 1024 })),
    length: fc.integer({ min: 1, max: 3_000_000 }),
  }),
  { maxLength: 40 },
);

test('runs cover every slot whole, ascend, begin at a slot, and bridge no more than a megabyte', () => {
  fc.assert(
    fc.property(layouts, (layout) => {
      const offsets = new Float64Array(layout.length);
      const lengths = Float64Array.from(layout, ({ length }) => length);
      let end = 59;
      layout.forEach(({ gap, length }, i) => {
        offsets[i] = end + gap;
        end += gap + length;
      });
      const runs = coalesceRuns(offsets, lengths);
      for (const [i, offset] of offsets.entries()) {
        const holding = runs.filter(
          (run) => run.offset <= offset && offset + (lengths[i] ?? 0) <= run.offset + run.length,
        );
        assert.equal(holding.length, 1);
      }
      const starts = new Set(offsets);
      for (const [i, run] of runs.entries()) {
        assert(starts.has(run.offset));
        const next = runs[i + 1];
        if (next !== undefined) assert(next.offset - run.offset - run.length > 1024 * 1024);
      }
      const bridged = layout
        .slice(1)
        .reduce((sum, { gap }) => sum + (gap <= 1024 * 1024 ? gap : 0), 0);
      const covered = runs.reduce((sum, run) => sum + run.length, 0);
      assert.equal(covered, lengths.reduce((sum, length) => sum + length, 0) + bridged);
    }),
  );
});

test('the slots of a half-open range include its start and leave out its end', () => {
  const slots = Float64Array.of(3, 5, 6, 9);
  assert.deepEqual([...slotsWithin(slots, slotRange(5, 9))], [5, 6]);
  assert.deepEqual([...slotsWithin(slots, slotRange(0, 100))], [3, 5, 6, 9]);
  assert.deepEqual([...slotsWithin(slots, slotRange(7, 9))], []);
});
