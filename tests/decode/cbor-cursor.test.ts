import assert from 'node:assert/strict';
import test from 'node:test';
import { encode } from '@ipld/dag-cbor';
import { CborCursor } from '../../src/decode/cbor-cursor.ts';

/** Goal: the tolerant reader agrees with dag-cbor and never reads beyond its part of the buffer. */

function over(bytes: Uint8Array): CborCursor {
  return new CborCursor(bytes, 0, bytes.length);
}

test('integers of every width and sign are read as dag-cbor writes them', () => {
  for (const value of [0n, 23n, 24n, 255n, 256n, 65_536n, 2n ** 32n, 2n ** 64n - 1n]) {
    assert.equal(over(encode(value)).readInteger(), value);
    assert.equal(over(encode(-1n - value)).readInteger(), -1n - value);
  }
  assert.equal(over(encode(2 ** 53 - 1)).readUnsigned(), 2 ** 53 - 1);
});

test('numbers and lengths longer than needed are accepted', () => {
  assert.equal(over(Buffer.from('1b0000000000000007', 'hex')).readUnsigned(), 7);
  assert.equal(over(Buffer.from('99000102', 'hex')).readArrayCount(), 1);
  assert.deepEqual([...over(Buffer.from('5a00000002aabb', 'hex')).readBytes()], [0xaa, 0xbb]);
});

test('byte strings are views into the bytes that were given', () => {
  const bytes = Buffer.from(encode([Buffer.from('abc')]));
  const cursor = over(bytes);
  assert.equal(cursor.readArrayCount(), 1);
  const view = cursor.readBytes();
  bytes[bytes.length - 1] = 0x7a;
  assert.equal(Buffer.from(view).toString(), 'abz');
});

test('nulls are skipped only where they stand', () => {
  const cursor = over(Buffer.of(0xf6, 0x01));
  assert.equal(cursor.skipNull(), true);
  assert.equal(cursor.skipNull(), false);
  assert.equal(cursor.readUnsigned(), 1);
  assert.equal(cursor.skipNull(), false);
});

const broken: readonly [string, (cursor: CborCursor) => unknown, string][] = [
  ['', (c) => c.readUnsigned(), 'the end of the bytes'],
  ['19 01', (c) => c.readUnsigned(), 'additional information 25'],
  ['1c', (c) => c.readUnsigned(), 'additional information 28'],
  ['1bffffffffffffffff', (c) => c.readUnsigned(), 'about 18446744073709552000'],
  ['9f', (c) => c.readArrayCount(), 'additional information 31'],
  ['9b00000000ffffffff', (c) => c.readArrayCount(), '4294967295 elements'],
  ['bb00000000ffffffff', (c) => c.readMapCount(), '4294967295 elements'],
  ['5affffffff', (c) => c.readBytes(), '4294967295'],
  ['43aabb', (c) => c.readBytes(), '3'],
  ['d82b4100', (c) => c.readLink(), 'another tag'],
  ['d82a4101', (c) => c.readLink(), '1 bytes'],
  ['fb3ff0000000000000', (c) => c.readInteger(), 'byte 0xfb'],
];

for (const [hex, read, received] of broken) {
  test(`bytes "${hex}" are malformed: ${received}`, () => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    assert.throws(
      () => read(over(bytes)),
      (error: Error & { code?: string }) =>
        error.code === 'RECORD_MALFORMED' && error.message.endsWith(`received ${received}`),
    );
  });
}
