import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { UpsertChange } from '../../../src/model/record-change.ts';
import { keyText } from '../../../src/sinks/records/key-text.ts';
import { resolveReferences } from '../../../src/sinks/records/resolve-references.ts';
import { event, eventTable, keyOf, post, postTable, scene } from '../../support/record-samples.ts';

/** Goal: records are ready behind what they refer to, and the others wait for what is missing. */

const did = 'did:plc:resolve';
const idOf = ({ key }: UpsertChange) => `id of ${key.rkey}`;
const planned = (changes: readonly UpsertChange[]) => {
  return changes.map((change) => ({ change, id: idOf(change), before: undefined }));
};
const reply = (rkey: string, to: string) => {
  return post(did, rkey, 1, [{ column: 'reply_id', key: keyOf(postTable, did, to) }]);
};

test('in any order, each record is ready behind those that it refers to', () => {
  const [home, party] = [scene(did, 'home', 1), event(did, 'party', 1)];
  const start = post(did, 'p0', 1, [{ column: 'event_id', key: keyOf(eventTable, did, 'party') }]);
  const all = [home, party, start, ...[1, 2, 3, 4].map((n) => reply(`p${n}`, `p${n - 1}`))];
  const orders = fc.shuffledSubarray(all, { minLength: all.length });
  fc.assert(
    fc.property(orders, (changes) => {
      const { ready, waiting } = resolveReferences(planned(changes), new Map());
      assert.deepEqual(waiting, []);
      assert.deepEqual(
        ready.map(({ change }) => change.key.rkey),
        all.map(({ key }) => key.rkey),
      );
      assert.deepEqual(ready[1]?.references, { scene_id: 'id of home' });
    }),
  );
});

test('records that refer to each other in a circle, or to themselves, wait', () => {
  const changes = [reply('a', 'b'), reply('b', 'a'), reply('self', 'self'), scene(did, 'home', 1)];
  const { ready, waiting } = resolveReferences(planned(changes), new Map());
  assert.deepEqual(
    ready.map(({ change }) => change.key.rkey),
    ['home'],
  );
  assert.deepEqual(
    waiting.map(({ pending }) => [pending.change.key.rkey, pending.waitsFor.rkey]).sort(),
    [
      ['a', 'b'],
      ['b', 'a'],
      ['self', 'self'],
    ],
  );
});

test('a record waits for the first of its references that is missing', () => {
  const [here, there] = ['here', 'there'].map((rkey) => keyOf(postTable, did, rkey));
  assert(here !== undefined && there !== undefined);
  const both = post(did, 'both', 1, [
    { column: 'event_id', key: here },
    { column: 'reply_id', key: there },
  ]);
  const { waiting } = resolveReferences(planned([both]), new Map([[keyText(here), 'id']]));
  assert.deepEqual(waiting[0]?.pending.waitsFor, there);
});

test('a long chain in the worst order takes no more steps than it has references', () => {
  const length = 20_000;
  const changes = Array.from({ length }, (_, n) => reply(`p${n}`, `p${n + 1}`));
  changes.push(post(did, `p${length}`, 1, []));
  const { ready } = resolveReferences(planned(changes), new Map());
  assert.equal(ready.length, length + 1);
});
