import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import test from 'node:test';
import type { GeoPoint } from '../../../../src/model/record-change.ts';
import { metresBetween } from '../../../../src/sinks/records/sqlite/nearby-rows.ts';
import { SqliteRecordStore } from '../../../../src/sinks/records/sqlite/sqlite-record-store.ts';
import { ContractWriter } from '../../../support/record-contract/contract-database.ts';
import { placeAt, sampleTables, scene } from '../../../support/record-samples.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

/** Goal: the cells of the R*Tree hide no row and show none that is too far, wherever on the earth it lies. */

/** Degrees that a cell of a geohash of five characters is high and wide. */
const CELL_DEGREES = 180 / 2 ** 12;

/** Where rounding could put a point beside its cell: edges of the world and of cells, and next to them. */
function edgePoints(): GeoPoint[] {
  const lats = [-90, -CELL_DEGREES, 0, 900 * CELL_DEGREES, 90];
  const lngs = [-180, -2 * CELL_DEGREES, 0, 3000 * CELL_DEGREES, 180];
  const beside = [-1e-9, 0, 1e-9];
  return lats.flatMap((lat) =>
    lngs.flatMap((lng) =>
      beside.map((away) => ({
        lat: Math.max(-90, Math.min(90, lat + away)),
        lng: Math.max(-180, Math.min(180, lng - away)),
      })),
    ),
  );
}

/** Three towns, so that many rows share a cell: one on the date line, one near the pole. */
function townPoints(): GeoPoint[] {
  const towns = [
    { lat: 52.5, lng: 13.4 },
    { lat: 64.7, lng: 179.99 },
    { lat: 89.95, lng: -60 },
  ];
  return towns.flatMap(({ lat, lng }) => {
    return Array.from({ length: 80 }, (_, n) => {
      const east = lng + ((n * 29) % 80) * 0.001;
      return { lat: lat + ((n * 17) % 80) * 0.0005, lng: east > 180 ? east - 360 : east };
    });
  });
}

test('what is near is what lies within the radius, for circles of every size, everywhere', async (t) => {
  const options = { tables: sampleTables, newId: randomUUID, pendingMax: 10, busyTimeoutMs: 5_000 };
  const store = new SqliteRecordStore({ ...options, path: join(tempFolder(t), 'records.db') });
  t.after(() => store.close());
  await store.migrate(new AbortController().signal);
  const points = [...edgePoints(), ...townPoints()];
  const writer = await ContractWriter.of(store);
  await writer.apply(
    points.map(({ lat, lng }, n) => {
      return scene('did:plc:near', `${n}`, 1, { place: placeAt(lat, lng) });
    }),
  );
  const limit = points.length;
  for (const centre of points.filter((_, n) => n % 7 === 0)) {
    for (const radiusMetres of [1, 300, 2_000, 500_000, 15_000_000]) {
      const found = await store.nearby({ table: 'scenes', centre, radiusMetres, limit });
      const expected = points.flatMap(({ lat, lng }, n) => {
        return metresBetween(centre.lat, centre.lng, lat, lng) <= radiusMetres ? [`${n}`] : [];
      });
      const where = `within ${radiusMetres} m of ${centre.lat}, ${centre.lng}`;
      assert.deepEqual(found.map(({ rkey }) => rkey).sort(), expected.sort(), where);
      const metres = found.map((row) => row.metres);
      assert.deepEqual(
        metres,
        metres.toSorted((one, other) => one - other),
      );
    }
  }
});
