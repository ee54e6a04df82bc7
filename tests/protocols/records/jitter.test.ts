import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { GeoPoint, RecordKey } from '../../../src/model/record-change.ts';
import { enforceLocationConsent } from '../../../src/protocols/records/enforce-location-consent.ts';
import { encodeGeohash, geohashCell } from '../../../src/protocols/records/geohash.ts';
import { seedOffset, seedSearchJitter } from '../../support/seed-search-jitter.ts';

/** Goal: what is shown of a place says nothing of where in its coarse cell it is; the seed's way said it all. */

const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';
const SECRET = createSecretKey(Buffer.alloc(32, 'mill'));
const key: RecordKey = {
  ...{ did: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz', collection: 'app.subcult.scene', rkey: 'scene1' },
};
const degrees = (max: number) => fc.double({ min: -max, max, noNaN: true });
const points = fc.record({ lat: degrees(90), lng: degrees(180) });

/** Away from the poles, where the world's edge cuts offsets off. */
const cities = Array.from({ length: 60 }, (_, index) => ({
  lat: ((index * 7919.37) % 140) - 70,
  lng: ((index * 104_729.59) % 340) - 170,
}));

/** All true points that can have led to what is public: each sub-cell knows its own offset. */
function attack(coarseGeohash: string, shown: GeoPoint): readonly GeoPoint[] {
  return subCells(coarseGeohash).flatMap((geohash8) => {
    const offset = seedOffset(geohash8);
    const point = { lat: shown.lat - offset.lat, lng: shown.lng - offset.lng };
    return encodeGeohash(point, 8) === geohash8 ? [point] : [];
  });
}

function subCells(geohash: string): readonly string[] {
  const letters = [...ALPHABET];
  return letters.flatMap((one) => letters.map((other) => `${geohash}${one}${other}`));
}

function isNear(one: GeoPoint, other: GeoPoint): boolean {
  return Math.abs(one.lat - other.lat) < 1e-9 && Math.abs(one.lng - other.lng) < 1e-9;
}

test("the seed's jitter is known well enough to be attacked", () => {
  const file = new URL('../../fixtures/atproto/seed/geo_jitter_idempotency.json', import.meta.url);
  const { jitter } = JSON.parse(readFileSync(file, 'utf8'));
  for (const { lat, lng, server_search: shown } of jitter) {
    assert(isNear(seedSearchJitter({ lat, lng }), shown));
  }
});

test("trying all sub-cells gives the true point away in the seed's way, every time", () => {
  let candidates = 0;
  for (const point of cities) {
    const found = attack(encodeGeohash(point, 6), seedSearchJitter(point));
    assert(found.some((candidate) => isNear(candidate, point)));
    candidates += found.length;
  }
  assert(candidates / cities.length < 4, 'few others are left to confuse it with');
});

test('the same attack finds no true point of ours', () => {
  for (const point of cities) {
    const place = enforceLocationConsent(point, false, key, SECRET);
    assert(place.coarseGeohash !== null && place.displayPoint !== null);
    const found = attack(place.coarseGeohash, place.displayPoint);
    assert(!found.some((candidate) => isNear(candidate, point)));
  }
});

test('every sub-cell explains what is shown equally well', () => {
  const [point] = cities;
  assert(point);
  const place = enforceLocationConsent(point, false, key, SECRET);
  const explaining = subCells(place.coarseGeohash ?? '').filter((geohash8) => {
    const cell = geohashCell(geohash8);
    assert(cell);
    const inside = { lat: (cell.south + cell.north) / 2, lng: (cell.west + cell.east) / 2 };
    const shown = enforceLocationConsent(inside, false, key, SECRET).displayPoint;
    return shown?.lat === place.displayPoint?.lat && shown?.lng === place.displayPoint?.lng;
  });
  assert.equal(explaining.length, 32 * 32);
});

test('without consent a place shows no point but one of its own cell, the same each time', () => {
  fc.assert(
    fc.property(points, fc.string(), (point, rkey) => {
      const place = enforceLocationConsent(point, false, { ...key, rkey }, SECRET);
      assert.equal(place.precisePoint, null);
      assert(place.displayPoint);
      assert.equal(encodeGeohash(place.displayPoint, 6), place.coarseGeohash);
      assert.deepEqual(enforceLocationConsent(point, false, { ...key, rkey }, SECRET), place);
    }),
  );
});

test('with consent a place is shown where it is', () => {
  fc.assert(
    fc.property(points, (point) => {
      const place = enforceLocationConsent(point, true, key, SECRET);
      assert.deepEqual([place.precisePoint, place.displayPoint], [point, point]);
    }),
  );
});

test('records of one cell, and one record under two secrets, are shown in different places', () => {
  const point = { lat: 52.52, lng: 13.405 };
  const other = createSecretKey(Buffer.alloc(32, 'race'));
  const shown = [
    enforceLocationConsent(point, false, key, SECRET),
    enforceLocationConsent(point, false, { ...key, rkey: 'scene2' }, SECRET),
    enforceLocationConsent(point, false, { ...key, did: 'did:web:example.com' }, SECRET),
    enforceLocationConsent(point, false, key, other),
  ].map(({ displayPoint }) => `${displayPoint?.lat} ${displayPoint?.lng}`);
  assert.equal(new Set(shown).size, shown.length);
});
