import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeVarint } from '../../src/decode/varint.ts';
import { encodeVarint } from '../../src/pack/encode-varint.ts';

/** Goal: the shortest bytes for every number. */

const known: readonly (readonly [bigint | number, string])[] = [
  [0, '00'],
  [127, '7f'],
  [128, '8001'],
  [300, 'ac02'],
  [0xffff, 'ffff03'],
  [2n ** 63n, '80808080808080808001'],
  [2n ** 64n - 1n, 'ffffffffffffffffff01'],
  [-1, 'ffffffffffffffffff01'],
  [-2n, 'feffffffffffffffff01'],
];

test('numbers have the bytes that the formats give as examples', () => {
  for (const [value, hex] of known) assert.equal(encodeVarint(value).toString('hex'), hex);
});

test('every safe integer comes back, as a number and as a bigint', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = encodeVarint(value);
      assert.deepEqual(decodeVarint(bytes, 0, bytes.length), { value, next: bytes.length });
      assert(encodeVarint(BigInt(value)).equals(bytes));
    }),
  );
});
