import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeVarint } from '../../src/decode/varint.ts';
import { varintBytes } from '../support/car-bytes.ts';

/** Goal: lengths in front of sections are read exactly, and hostile ones are told apart from cut-off ones. */

test('every number up to 2^53 - 1 comes back with the offset behind it', () => {
  for (const value of [0, 1, 127, 128, 300, 16_383, 16_384, 2 ** 31, 2 ** 32, 2 ** 53 - 1]) {
    const bytes = Buffer.concat([Buffer.of(0xff), varintBytes(value), Buffer.of(0xff)]);
    const read = decodeVarint(bytes, 1, bytes.length);
    assert.deepEqual(read, { value, next: bytes.length - 1 });
  }
});

test('a number longer than needed is accepted', () => {
  assert.deepEqual(decodeVarint(Buffer.of(0x81, 0x80, 0), 0, 3), { value: 1, next: 3 });
});

test('a number cut off by the end is undefined, wherever it is cut', () => {
  const bytes = varintBytes(2 ** 53 - 1);
  for (let end = 0; end < bytes.length; end++) {
    assert.equal(decodeVarint(bytes, 0, end), undefined);
  }
});

test('a number beyond 53 bits or nine bytes is malformed, with its offset', () => {
  for (const hex of ['ffffffffffffffff7f', '8080808080808080808000', 'ffffffffffffffffffffff']) {
    const bytes = Buffer.from(`00${hex}`, 'hex');
    assert.throws(() => decodeVarint(bytes, 1, bytes.length), {
      code: 'RECORD_MALFORMED',
      fields: { offset: 1 },
    });
  }
});
