import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { carSections } from '../support/car-sections.ts';
import { packIqScenario, scenarioWires } from '../support/pack-iq-scenarios.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: transactions given as JSON stand in the archive with exactly the bytes that were signed. */

const folder = new URL('../fixtures/iq/synthetic/', import.meta.url);
const names = readdirSync(folder)
  .map((name) => name.replace('.json', ''))
  .filter((name) => name !== 'decode_vectors');

test('every scenario has a fixture', () => assert(names.length >= 20));

for (const name of names) {
  test(`${name} stands in its archive with the signed bytes`, async (t) => {
    const { epoch, packed, scenario } = await packIqScenario(
      name,
      tempFolder(t),
      new AbortController().signal,
    );
    const wires: string[] = [];
    const slots: unknown[] = [];
    for (const { node } of carSections(readFileSync(join(packed.folder, `epoch-${epoch}.car`)))) {
      if (node[0] !== 0) continue;
      wires.push(Buffer.from((node[1] as unknown[])[4] as Uint8Array).toString('base64'));
      slots.push(node[3]);
    }
    assert.deepEqual(wires.toSorted(), Object.values(scenarioWires(name)).sort());
    const given = Object.values(scenario.rpc.getTransaction).map(({ slot }) => Number(slot));
    assert.deepEqual(
      slots,
      given.sort((a, b) => a - b),
    );
  });
}
