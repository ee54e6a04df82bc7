import assert from 'node:assert/strict';
import test from 'node:test';
import { bytesText, countText, durationText } from '../../src/cli/units.ts';

test('sizes, counts and durations read as a person writes them', () => {
  assert.deepEqual([0, 999, 1000, 1_234_567, 42_099_798].map(bytesText), [
    '0 B',
    '999 B',
    '1.0 kB',
    '1.2 MB',
    '42 MB',
  ]);
  assert.equal(countText(72_411), '72,411');
  assert.deepEqual([800, 42_000, 200_000, 7_500_000].map(durationText), [
    '0.8 s',
    '42 s',
    '3 min 20 s',
    '2 h 5 min',
  ]);
});
