import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fromUint8Array } from '@atcute/car';
import { encode } from '@atcute/cbor';
import { CarCursor } from '../../../src/decode/atproto/car.ts';
import { digestMatches, recordCidText } from '../../../src/decode/atproto/record-cid.ts';
import { carOf } from '../../support/firehose-made.ts';

/** Goal: every block of a repository's CAR is found where it lies, and a broken CAR is refused. */

const folder = new URL('../../fixtures/atproto/car/', import.meta.url);
const malformed = { code: 'RECORD_MALFORMED' };

function blocksOf(bytes: Buffer): { roots: string[]; blocks: { cid: string; bytes: Buffer }[] } {
  const car = new CarCursor(bytes, 0, bytes.length);
  const blocks: { cid: string; bytes: Buffer }[] = [];
  while (car.next()) {
    assert(digestMatches(bytes, car.cidStart, car.blockStart, car.blockEnd));
    const block = bytes.subarray(car.blockStart, car.blockEnd);
    blocks.push({ cid: recordCidText(bytes, car.cidStart), bytes: block });
  }
  return { roots: car.roots.map((at) => recordCidText(bytes, at)), blocks };
}

test('the vector’s root and blocks are read', () => {
  interface Vector {
    readonly root: string;
    readonly blocks: readonly { cid: string; bytes: string }[];
    readonly car: string;
  }
  const path = new URL('car-file-fixtures.json', folder);
  for (const { root, blocks, car } of JSON.parse(readFileSync(path, 'utf8')) as Vector[]) {
    const expected = blocks.map(({ cid, bytes }) => ({ cid, bytes: Buffer.from(bytes, 'base64') }));
    assert.deepEqual(blocksOf(Buffer.from(car, 'base64')), { roots: [root], blocks: expected });
  }
});

test('real repositories are read as another reader reads them', () => {
  for (const name of ['greenground.repo.car', 'repo_slice.car']) {
    const bytes = readFileSync(new URL(name, folder));
    const other = fromUint8Array(bytes);
    const { roots, blocks } = blocksOf(bytes);
    assert.deepEqual(
      roots,
      other.roots.map(({ $link }) => $link),
    );
    const expected = [...other].map((entry) => Buffer.from(entry.bytes));
    assert.deepEqual(
      blocks.map((block) => block.bytes),
      expected,
    );
    assert(blocks.length > 2);
  }
});

test('a CAR inside a larger buffer ends where it ends', () => {
  const car = carOf([encode({ a: 1 }), encode({ b: 2 })]);
  const bytes = Buffer.concat([Buffer.alloc(7, 0xff), car, Buffer.alloc(9, 0xff)]);
  const cursor = new CarCursor(bytes, 7, 7 + car.length);
  assert(cursor.next() && cursor.next() && !cursor.next());
  assert.equal(cursor.blockEnd, 7 + car.length);
});

test('a CAR cut anywhere but between blocks is refused', () => {
  const blocks = [encode({ a: 1 }), encode({ b: 'x'.repeat(200) })];
  const car = carOf(blocks);
  const whole = new Set([carOf([]), carOf(blocks.slice(0, 1)), car].map(({ length }) => length));
  for (let length = 0; length <= car.length; length++) {
    const walk = () => blocksOf(car.subarray(0, length));
    if (whole.has(length)) walk();
    else assert.throws(walk, malformed, `${length} bytes`);
  }
});

test('other versions, other CIDs and other headers are refused', () => {
  const header = (value: unknown) => {
    const bytes = encode(value);
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  };
  const good = header({ version: 1, roots: [] });
  const wrong = {
    'version 2': header({ version: 2, roots: [] }),
    'no version': header({ roots: [] }),
    'roots that are no links': header({ version: 1, roots: ['x'] }),
    'a header that is no map': header([1]),
    'a header with a rest': Buffer.concat([Buffer.of(good.length), good.subarray(1), Buffer.of(0)]),
    'a block shorter than a CID': Buffer.concat([good, Buffer.of(3, 1, 0x71, 0x12)]),
    'a block of length 0': Buffer.concat([good, Buffer.of(0)]),
    'a CID of version 0': Buffer.concat([good, Buffer.of(40, 0x12, 0x20), Buffer.alloc(38)]),
    'a length without end': Buffer.concat([good, Buffer.alloc(20, 0xff)]),
    'a length above 2^53': Buffer.concat([good, Buffer.from('ffffffffffffffff7f', 'hex')]),
  };
  for (const [name, bytes] of Object.entries(wrong)) {
    assert.throws(() => blocksOf(bytes), malformed, name);
  }
});
