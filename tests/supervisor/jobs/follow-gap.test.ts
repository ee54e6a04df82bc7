import assert from 'node:assert/strict';
import test from 'node:test';
import { followedRange, nextGap } from '../../../supervisor/jobs/follow-gap.ts';

/** Goal: a job that follows the chain always knows which slots come next, whatever of it is done. */

const rpcUrl = 'http://127.0.0.1:1';

test('without a start it begins at the tip', () => {
  assert.deepEqual(nextGap({ start: null, end: null }, []), { start: null, end: null });
});

test('what is not done yet is next, and has an end where the job has one', () => {
  const done = [{ start: 50, end: 60 }];
  assert.deepEqual(nextGap({ start: 50, end: null }, []), { start: 50, end: null });
  assert.deepEqual(nextGap({ start: 50, end: null }, done), { start: 60, end: null });
  assert.deepEqual(nextGap({ start: 50, end: 70 }, done), { start: 60, end: 70 });
});

test('holes come first, and nothing is left when the end is done', () => {
  const bounded = { start: 10, end: 40 };
  assert.deepEqual(nextGap(bounded, []), { start: 10, end: 40 });
  const done = [
    { start: 10, end: 20 },
    { start: 25, end: 30 },
  ];
  assert.deepEqual(nextGap(bounded, done), { start: 20, end: 25 });
  assert.deepEqual(nextGap({ ...bounded, end: null }, done), { start: 20, end: 25 });
  const whole = [...done, { start: 20, end: 25 }, { start: 30, end: 45 }];
  assert.equal(nextGap(bounded, whole), null);
  assert.deepEqual(followedRange({ rpcUrl, ...bounded }), { start: 10, end: 40 });
});
