import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  encodeGeohash,
  geohashCell,
  roundGeohash,
} from '../../../src/protocols/records/geohash.ts';

/** Goal: geohashes are the seed's, middle points included, and cells hold what they are of. */

interface Vectors {
  readonly geohash: readonly Readonly<Record<'upstream6' | 'upstream8', string> & Point>[];
  readonly round_geohash: readonly { input: string; precision: number; want: string }[];
}
interface Point {
  readonly lat: number;
  readonly lng: number;
}

const file = new URL('../../fixtures/atproto/seed/geo_jitter_idempotency.json', import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'));

test('geohashes are those of the seed, exact middles included', () => {
  assert(vectors.geohash.length >= 10);
  for (const { upstream6, upstream8, ...point } of vectors.geohash) {
    assert.equal(encodeGeohash(point, 6), upstream6);
    assert.equal(encodeGeohash(point, 8), upstream8);
  }
});

test('rounding keeps the first characters and refuses what is no geohash', () => {
  assert(vectors.round_geohash.length >= 18);
  for (const { input, precision, want } of vectors.round_geohash) {
    assert.equal(roundGeohash(input, precision), want, `${input} to ${precision}`);
  }
});

test('a point is in the cell of its own geohash, at any precision', () => {
  const degrees = (max: number) => fc.double({ min: -max, max, noNaN: true });
  fc.assert(
    fc.property(
      degrees(90),
      degrees(180),
      fc.integer({ min: 1, max: 12 }),
      (lat, lng, precision) => {
        const cell = geohashCell(encodeGeohash({ lat, lng }, precision));
        assert(cell);
        assert(lat >= cell.south && lat <= cell.north && lng >= cell.west && lng <= cell.east);
      },
    ),
  );
});

test('what is no geohash has no cell', () => {
  for (const text of ['', 'a', 'u33dcO', '9q8 yk', 'u33dc0\n'])
    assert.equal(geohashCell(text), null);
});
