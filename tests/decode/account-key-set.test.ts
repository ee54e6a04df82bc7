import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import test from 'node:test';
import { AccountKeySet } from '../../src/decode/account-key-set.ts';

/** Goal: membership is exact for any number of keys, at any offset. */

const key = (seed: string): Buffer => hash('sha256', seed, 'buffer');

for (const count of [0, 1, 10, 5000]) {
  test(`a set of ${count} keys holds these and no others`, () => {
    const keys = Array.from({ length: count }, (_, i) => key(`in ${i}`));
    const set = new AccountKeySet(keys);
    assert.equal(set.size, count);
    const bytes = Buffer.concat([Buffer.of(0), ...keys]);
    for (let i = 0; i < count; i++) assert.equal(set.has(bytes, 1 + i * 32), true);
    for (let i = 0; i < 5000; i++) assert.equal(set.has(key(`out ${i}`), 0), false);
  });
}

test('keys that share their first bytes are told apart, and a repeated key counts once', () => {
  const first = Buffer.alloc(32);
  const second = Buffer.concat([Buffer.alloc(31), Buffer.of(1)]);
  const set = new AccountKeySet([first, second, first]);
  assert.equal(set.size, 2);
  assert.equal(set.has(first, 0), true);
  assert.equal(set.has(second, 0), true);
  assert.equal(set.has(Buffer.concat([Buffer.alloc(31), Buffer.of(2)]), 0), false);
});
