import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { xxh64 } from '../../../src/pack/xxh64.ts';
import { Wide, xxhash64 } from '../../../src/sources/archive/xxhash64.ts';

function hashText(bytes: Buffer): string {
  const { high, low } = xxhash64(bytes, new Wide());
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

test('published digests come out', () => {
  assert.equal(hashText(Buffer.from('')), 'ef46db3751d8e999');
  assert.equal(hashText(Buffer.from('a')), 'd24ec4f1a98c6e5b');
  assert.equal(hashText(Buffer.from('abc')), '44bc2cf5ad770999');
  assert.equal(
    hashText(Buffer.from('Nobody inspects the spammish repetition')),
    'fbcea83c8a378bf1',
  );
});

test('keys of any length hash as the writer of the indexes hashes them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 130 }), (key) => {
      const bytes = Buffer.from(key);
      const expected = xxh64(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
      assert.equal(hashText(bytes), expected.toString(16).padStart(16, '0'));
    }),
  );
});
