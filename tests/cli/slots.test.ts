import assert from 'node:assert/strict';
import test from 'node:test';
import { looksLikeSlots, parseSlots } from '../../src/cli/slots.ts';
import { OperatingError } from '../../src/core/errors.ts';

test('slots are inclusive, epochs are whole', () => {
  assert.deepEqual(parseSlots('10:12'), { start: 10, end: 13 });
  assert.deepEqual(parseSlots('157'), { start: 67_824_000, end: 68_256_000 });
  assert.deepEqual(parseSlots('0-1'), { start: 0, end: 864_000 });
  assert.deepEqual(parseSlots('358_560_000:358_560_000'), { start: 358_560_000, end: 358_560_001 });
});

test('reversed, absurd and malformed slots say what is wrong and what was expected', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['12:10', /12 is after 10/],
    ['9-3', /9 is after 3/],
    ['5:', /not understood/],
    ['-5', /not understood/],
    ['1:99999999999999', /beyond any cluster/],
    ['9999999999999999999', /beyond any cluster/],
  ];
  for (const [text, pattern] of cases) {
    assert.throws(
      () => parseSlots(text),
      (error) =>
        error instanceof OperatingError && error.code === 'USAGE' && pattern.test(error.message),
      text,
    );
  }
});

test('a session account is never taken for slots', () => {
  assert(looksLikeSlots('157'));
  assert(looksLikeSlots('1:2'));
  assert(!looksLikeSlots('9KLLchQVJpGkw4jPuUmnvqESdR7mtNCYr3qS4iQLabs'));
});
