import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Wide } from '../../src/core/wide.ts';

/** Goal: arithmetic on two halves gives what BigInt gives. */

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const number = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

test('numbers are added, multiplied and combined as unsigned 64-bit numbers', () => {
  fc.assert(
    fc.property(number, number, (a, b) => {
      const other = Wide.of(b);
      assert.equal(Wide.of(a).toBigInt(), a);
      assert.equal(Wide.of(a).add(other).toBigInt(), u64(a + b));
      assert.equal(Wide.of(a).multiply(other).toBigInt(), u64(a * b));
      assert.equal(Wide.of(a).xor(other).toBigInt(), a ^ b);
    }),
  );
});

test('numbers are rotated and shifted across their halves', () => {
  const count = fc.integer({ min: 1, max: 63 }).filter((bits) => bits !== 32);
  fc.assert(
    fc.property(number, count, (a, bits) => {
      const by = BigInt(bits);
      assert.equal(Wide.of(a).rotateLeft(bits).toBigInt(), u64(a << by) | (a >> (64n - by)));
      assert.equal(Wide.of(a).xorShift(bits).toBigInt(), a ^ (a >> by));
    }),
  );
});

test('a sign of the number given does not matter', () => {
  assert.equal(Wide.of(-1n).toBigInt(), 2n ** 64n - 1n);
});
