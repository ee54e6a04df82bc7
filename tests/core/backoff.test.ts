import assert from 'node:assert/strict';
import test from 'node:test';
import { backoffDelayMs } from '../../src/core/backoff.ts';

const options = { firstMs: 100, maxMs: 1000 };

test('the delay doubles up to its bound', () => {
  const delays = [0, 1, 2, 3, 4, 500].map((attempt) => backoffDelayMs(attempt, options, 1));
  assert.deepEqual(delays, [100, 200, 400, 800, 1000, 1000]);
});

test('chance takes at most half of it away', () => {
  assert.equal(backoffDelayMs(0, options, 0), 50);
});
