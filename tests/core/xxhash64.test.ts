import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { Wide } from '../../src/core/wide.ts';
import { xxhash64 } from '../../src/core/xxhash64.ts';

/** Goal: the hash is XXH64 as everybody computes it, for every length. */

function digestOf(bytes: Buffer): string {
  return xxhash64(bytes, new Wide()).toBigInt().toString(16).padStart(16, '0');
}

/** From the reference implementation, Cyan4973/xxHash. */
const texts: readonly (readonly [string, string])[] = [
  ['', 'ef46db3751d8e999'],
  ['a', 'd24ec4f1a98c6e5b'],
  ['abc', '44bc2cf5ad770999'],
  ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
];

test('texts have the digests of the reference implementation', () => {
  for (const [text, digest] of texts) assert.equal(digestOf(Buffer.from(text)), digest, text);
});

/** The bytes that the sanity check of Cyan4973/xxHash makes: the top byte of a number multiplied again and again. */
function sanityBytes(length: number): Buffer {
  let state = 2_654_435_761n;
  return Buffer.from(
    Array.from({ length }, () => {
      const byte = Number(state >> 56n);
      state = BigInt.asUintN(64, state * 11_400_714_785_074_694_797n);
      return byte;
    }),
  );
}

/** Source: Cyan4973/xxHash, XSUM_XXH64_testdata, seed 0. */
const sanity: readonly (readonly [number, string])[] = [
  [1, 'e934a84adb052768'],
  [4, '9136a0dca57457ee'],
  [14, '8282dcc4994e35c8'],
  [222, 'b641ae8cb691c174'],
];

test('made bytes have the digests of the reference implementation’s own sanity check', () => {
  for (const [length, digest] of sanity) assert.equal(digestOf(sanityBytes(length)), digest);
});

test('the low half is the checksum that Zstandard writes behind the same content', () => {
  const params = { [constants.ZSTD_c_checksumFlag]: 1 };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 130 }), (content) => {
      const bytes = Buffer.from(content);
      const frame = zstdCompressSync(bytes, { params });
      assert.equal(xxhash64(bytes, new Wide()).low >>> 0, frame.readUInt32LE(frame.length - 4));
    }),
  );
});
