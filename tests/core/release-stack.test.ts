import assert from 'node:assert/strict';
import test from 'node:test';
import { ReleaseStack } from '../../src/core/release-stack.ts';

test('releases run in reverse order, and a failing one does not stop the others', async () => {
  const seen: number[] = [];
  const stack = new ReleaseStack();
  stack.defer(() => void seen.push(1));
  stack.defer(() => {
    throw new Error('second');
  });
  stack.defer(async () => void seen.push(3));
  await assert.rejects(stack.releaseAll(), (error: AggregateError) => error.errors.length === 1);
  assert.deepEqual(seen, [3, 1]);
  await stack.releaseAll();
  assert.deepEqual(seen, [3, 1], 'nothing is released twice');
});
