import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OperatingError } from '../../../src/core/errors.ts';
import { cidText, parseCarHeader } from '../../../src/sources/archive/car-header.ts';

const CID = Buffer.concat([Buffer.from('01711220', 'hex'), Buffer.alloc(32, 7)]);
const LINK = Buffer.concat([Buffer.from('d82a582500', 'hex'), CID]);
const text = (value: string) => Buffer.concat([Buffer.of(0x60 + value.length), Buffer.from(value)]);

function header(...parts: readonly Uint8Array[]): Buffer {
  const map = Buffer.concat(parts);
  const length = map.length < 0x80 ? [map.length] : [(map.length & 0x7f) | 0x80, map.length >> 7];
  return Buffer.concat([Buffer.from(length), map, Buffer.of(0x55, 0x55)]);
}

const oneRoot = header(
  Buffer.of(0xa2),
  text('roots'),
  Buffer.of(0x81),
  LINK,
  text('version'),
  Buffer.of(1),
);

const refuses = (bytes: Buffer) =>
  assert.throws(
    () => parseCarHeader(bytes, 'some.car'),
    (error) => error instanceof OperatingError && error.code === 'ARCHIVE_CORRUPT',
  );

test('the usual header names one root and ends after 59 bytes', () => {
  assert.deepEqual(parseCarHeader(oneRoot, 'some.car'), {
    headerEnd: 59,
    rootCid: cidText(CID),
  });
});

test('a header of length zero is the whole header', () => {
  assert.deepEqual(parseCarHeader(Buffer.of(0, 0xc1, 0x03), 'some.car'), {
    headerEnd: 1,
    rootCid: null,
  });
});

test('a header without roots, its keys the other way round, is 18 bytes long', () => {
  const bytes = header(
    Buffer.of(0xa2),
    text('version'),
    Buffer.of(1),
    text('roots'),
    Buffer.of(0x80),
  );
  assert.deepEqual(parseCarHeader(bytes, 'some.car'), { headerEnd: 18, rootCid: null });
});

test('the first of several roots counts, and the length may take two bytes', () => {
  const other = Buffer.from(LINK).fill(9, 10);
  const bytes = header(
    Buffer.of(0xa2),
    text('roots'),
    Buffer.of(0x83),
    LINK,
    other,
    other,
    text('version'),
    Buffer.of(1),
  );
  assert.equal(parseCarHeader(bytes, 'some.car').rootCid, cidText(CID));
});

test('the text of a CID is multibase base32', () => {
  const cid = Buffer.from(
    '0171122027d3e323e8b3b742c5ccc01644b77016aade9b47acea1c14d4449598076ea5ab',
    'hex',
  );
  assert.equal(cidText(cid), 'bafyreibh2prsh2ftw5bmltgaczclo4awvlpjwr5m5iobjvceswmao3vfvm');
});

test('version 2, other maps and cut headers are refused', () => {
  refuses(Buffer.alloc(0));
  refuses(header(Buffer.of(0xa1), text('version'), Buffer.of(2)));
  refuses(header(Buffer.of(0xa1), text('colour'), Buffer.of(1)));
  refuses(Buffer.from('<!doctype html><html>'));
  refuses(Buffer.of(0xff, 0xff, 0xff, 0xff, 0x01));
  refuses(oneRoot.subarray(0, 30));
});

test('whatever the bytes, they are read or refused with ARCHIVE_CORRUPT', () => {
  const mutated = fc
    .tuple(fc.nat({ max: oneRoot.length - 1 }), fc.nat({ max: 255 }))
    .map(([at, value]) => {
      const bytes = Buffer.from(oneRoot);
      bytes[at] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array().map(Buffer.from)), (bytes) => {
      try {
        assert(parseCarHeader(bytes, 'some.car').headerEnd <= bytes.length);
      } catch (error) {
        assert(error instanceof OperatingError && error.code === 'ARCHIVE_CORRUPT');
      }
    }),
  );
});
