import assert from 'node:assert/strict';
import test from 'node:test';
import { followedRange, nextGap } from '../../../supervisor/jobs/follow-gap.ts';

/** Goal: a job that follows the chain always knows which slots come next, whatever of it is done. */

const rpcUrl = 'http://127.0.0.1:1';

test('without a start it begins at the tip, and goes on behind what is done', () => {
  const endless = { rpcUrl, start: null, end: null };
  assert.deepEqual(nextGap(endless, []), { start: null, end: null });
  assert.deepEqual(nextGap(endless, [{ start: 50, end: 60 }]), { start: 60, end: null });
});

test('holes come first, and nothing is left when the end is done', () => {
  const bounded = { rpcUrl, start: 10, end: 40 };
  assert.deepEqual(nextGap(bounded, []), { start: 10, end: 40 });
  const done = [
    { start: 10, end: 20 },
    { start: 25, end: 30 },
  ];
  assert.deepEqual(nextGap(bounded, done), { start: 20, end: 25 });
  assert.deepEqual(nextGap({ ...bounded, end: null }, done), { start: 20, end: 25 });
  const whole = [...done, { start: 20, end: 25 }, { start: 30, end: 45 }];
  assert.equal(nextGap(bounded, whole), null);
  assert.deepEqual(followedRange(bounded, whole), { start: 10, end: 40 });
});
