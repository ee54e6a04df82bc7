import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeCarHeader, decodeSection } from '../../src/decode/car-frame.ts';
import { cidOf, rootlessHeader, sectionOf, varintBytes } from '../support/car-bytes.ts';

/** Goal: headers of every kind that archives carry are read, and sections are framed within limits. */

const node = Buffer.from('84010a', 'hex');
const root = cidOf(node);
const rooted = Buffer.concat([
  Buffer.of(58),
  Buffer.from('a265726f6f747381d82a582500', 'hex'),
  root,
  Buffer.from('6776657273696f6e01', 'hex'),
]);

test('a header with a root, without roots and of length zero end where the sections begin', () => {
  assert.deepEqual(decodeCarHeader(rooted), { roots: [root], end: 59 });
  assert.deepEqual(decodeCarHeader(rootlessHeader), { roots: [], end: 18 });
  assert.deepEqual(decodeCarHeader(Buffer.of(0, 1, 2)), { roots: [], end: 1 });
});

test('a header that is cut off asks for more, wherever it is cut', () => {
  for (let end = 0; end < rooted.length; end++) {
    assert.equal(decodeCarHeader(rooted.subarray(0, end)), undefined);
  }
});

test('a header of another version, with other keys or too long is malformed', () => {
  const version2 = Buffer.from(rootlessHeader);
  version2[version2.length - 1] = 2;
  const otherKey = Buffer.from(rootlessHeader);
  otherKey[otherKey.indexOf('roots')] = 0x78;
  for (const bytes of [version2, otherKey, varintBytes(1025)]) {
    assert.throws(() => decodeCarHeader(bytes), { code: 'RECORD_MALFORMED' });
  }
});

test('a section tells where its digest and node stand', () => {
  const bytes = Buffer.concat([Buffer.of(0xff), sectionOf(node)]);
  const section = decodeSection(bytes, 1, bytes.length, 1000);
  assert.deepEqual(section, { start: 1, digestStart: 6, nodeStart: 38, end: 41 });
});

test('a section that is cut off tells how many bytes it takes as soon as that is known', () => {
  const bytes = sectionOf(Buffer.alloc(200));
  assert.equal(decodeSection(bytes, 0, 0, 1000), 0);
  assert.equal(decodeSection(bytes, 0, 1, 1000), 0);
  for (const end of [2, 37, bytes.length - 1]) {
    assert.equal(decodeSection(bytes, 0, end, 1000), bytes.length);
  }
});

test('a section beyond the limit is refused before its bytes are there', () => {
  const bytes = varintBytes(1001);
  assert.throws(() => decodeSection(bytes, 0, bytes.length, 1000), { code: 'RECORD_TOO_LARGE' });
});

test('an empty section and a foreign CID are malformed', () => {
  const foreign = sectionOf(node);
  foreign[2] = 0x55;
  for (const bytes of [Buffer.alloc(50), varintBytes(36), foreign]) {
    assert.throws(() => decodeSection(bytes, 0, bytes.length, 1000), { code: 'RECORD_MALFORMED' });
  }
});
