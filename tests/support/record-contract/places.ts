import assert from 'node:assert/strict';
import test from 'node:test';
import { keyOf, placeAt, remove, scene, sceneTable } from '../record-samples.ts';
import { type ContractCase, type OpenedContract, openContract } from './contract-database.ts';

const did = 'did:plc:places';
/** 1° of latitude or, at the equator, of longitude. */
const DEGREE_METRES = 111_195;

async function near(
  { store }: OpenedContract,
  [lat, lng]: readonly [number, number],
  radiusMetres: number,
  limit = 10,
) {
  return await store.nearby({ table: 'scenes', centre: { lat, lng }, radiusMetres, limit });
}

export function placesContract(contract: ContractCase): void {
  test(`${contract.name}: what is near is found by the place that may be shown, nearest first`, async (t) => {
    const opened = await openContract(t, contract);
    const exact = placeAt(52.5, 13.4);
    const coarse = { ...exact, allowPrecise: false, precisePoint: null };
    await opened.writer.apply([
      scene(did, 'far', 1, { place: placeAt(48.1, 11.6) }),
      scene(did, 'near', 1, { place: { ...coarse, displayPoint: { lat: 52.51, lng: 13.4 } } }),
      scene(did, 'here', 1, { place: exact }),
      scene(did, 'nowhere', 1),
      scene(did, 'gone', 1, { place: exact }),
    ]);
    await opened.writer.apply([remove(keyOf(sceneTable, did, 'gone'), 2)]);
    const found = await near(opened, [52.5, 13.4], 5_000);
    assert.deepEqual(
      found.map(({ rkey }) => rkey),
      ['here', 'near'],
    );
    assert(Math.abs((found[1]?.metres ?? 0) - DEGREE_METRES / 100) < 10);
    assert.deepEqual(found[1]?.displayPoint, { lat: 52.51, lng: 13.4 });
    assert.equal(found[1]?.did, did);
    assert.equal((await near(opened, [52.5, 13.4], 1_000_000, 2)).length, 2);
    assert.equal((await near(opened, [52.5, 13.4], 1_000_000)).length, 3);
    // Inside the square around the circle, outside the circle.
    assert.equal((await near(opened, [52.503, 13.405], 1_050)).length, 2);
    assert.equal((await near(opened, [52.5 - 0.007, 13.4 - 0.0115], 1_000)).length, 0);
  });

  test(`${contract.name}: a row that moves is found at its new place only`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([scene(did, 'home', 1, { place: placeAt(10, 10) })]);
    await opened.writer.apply([scene(did, 'home', 2, { place: placeAt(20, 20) })]);
    assert.equal((await near(opened, [10, 10], 1_000)).length, 0);
    assert.equal((await near(opened, [20, 20], 1_000)).length, 1);
    await opened.writer.apply([scene(did, 'home', 3)]);
    assert.equal((await near(opened, [20, 20], 1_000)).length, 0);
  });

  test(`${contract.name}: nearness goes across the date line and the poles`, async (t) => {
    const opened = await openContract(t, contract);
    await opened.writer.apply([
      scene(did, 'west', 1, { place: placeAt(0, 179.99) }),
      scene(did, 'east', 1, { place: placeAt(0, -179.99) }),
      scene(did, 'pole', 1, { place: placeAt(89.99, 0) }),
    ]);
    for (const lng of [179.995, -179.995]) {
      const found = await near(opened, [0, lng], 5_000);
      assert.deepEqual(found.map(({ rkey }) => rkey).sort(), ['east', 'west']);
    }
    assert.equal((await near(opened, [89.99, 180], 5_000)).length, 1);
    assert.equal((await near(opened, [0, 0], 30_000_000)).length, 3);
  });
}
