import assert from 'node:assert/strict';
import test from 'node:test';
import type { AccountChange } from '../../../src/model/record-change.ts';
import { foldChanges } from '../../../src/sinks/records/fold-changes.ts';
import { event, keyOf, remove, scene, sceneTable } from '../../support/record-samples.ts';

/** Goal: of a batch, only what later changes did not replace is left. */

const did = 'did:plc:fold';

function account(active: boolean, time: string): AccountChange {
  return { type: 'account', did, active, status: null, time };
}

test('of each record the greatest revision is left, at the place where it came', () => {
  const deletion = remove(keyOf(sceneTable, did, 'a'), 3);
  const [party, newest] = [event(did, 'party', 1), scene(did, 'b', 9)];
  const changes = [
    scene(did, 'a', 2),
    newest,
    deletion,
    party,
    scene(did, 'a', 1),
    scene(did, 'b', 4),
  ];
  const folded = foldChanges(changes);
  assert.deepEqual(folded.records, [newest, deletion, party]);
  assert.equal(folded.skipped, 3);
});

test('of two changes with one revision the first is left', () => {
  const [first, second] = [scene(did, 'a', 1, { name: 'x' }), scene(did, 'a', 1, { name: 'y' })];
  assert.deepEqual(foldChanges([first, second]), {
    ...{ records: [first], accounts: [], identities: [], skipped: 1 },
  });
});

test('of accounts the newest time is left, however it is written', () => {
  const early = account(true, '2026-01-01T12:00:00+02:00');
  const late = account(false, '2026-01-01T10:00:00.1Z');
  for (const changes of [
    [early, late],
    [late, early],
  ]) {
    assert.deepEqual(foldChanges(changes).accounts, [late]);
  }
});
