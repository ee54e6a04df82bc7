import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../../src/model/stream-event.ts';
import { encodeGeohash } from '../../../src/protocols/records/geohash.ts';
import { RecordInterpreter } from '../../../src/protocols/records/record-interpreter.ts';
import { commitOf } from '../../support/commit-event.ts';
import { ownCollections } from '../../support/record-documents.ts';

/** Goal: whatever a record is, interpreting it ends well, changes nothing of it, and keeps its place private. */

const collections = ownCollections();
const interpreter = new RecordInterpreter({ collections, jitterSecret: Buffer.alloc(32) });

const names = fc.constantFrom(
  ...[
    'name',
    'text',
    'title',
    'sceneId',
    'eventId',
    'fromSceneId',
    'toSceneId',
    'startsAt',
    'endsAt',
  ],
  ...['location', 'lat', 'lng', 'allowPrecise', 'palette', 'primary', 'tags', 'labels', 'weight'],
  ...['attachments', 'durationSeconds', 'status', '$type', '__proto__', 'constructor', 'toString'],
);
const scalars = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, undefined, '1.5', 's1', '2024-01-01T00:00:00Z', 'active', '#aabbcc'),
);
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalars,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(names, tie('value'), { maxKeys: 12, noNullPrototype: true }),
  ),
}));
const nsid = fc.constantFrom(...collections.nsids);
/** Millionths, as a number or as text. */
const degrees = (max: number) =>
  fc
    .integer({ min: -max * 1e6, max: max * 1e6 })
    .chain((value) => fc.constantFrom(value / 1e6, (value / 1e6).toFixed(6)));

test('no record makes interpreting fail, and none is changed by it', () => {
  fc.assert(
    fc.property(nsid, anything, fc.string(), (collection, record, rkey) => {
      const before = structuredClone(record);
      const outcome = interpreter.interpret(commitOf(collection, record, rkey));
      assert(outcome && ('reason' in outcome ? outcome.detail.length <= 500 : 'key' in outcome));
      assert.deepEqual(record, before);
    }),
    { numRuns: 2000 },
  );
});

test('interpreting an event twice gives the same', () => {
  fc.assert(
    fc.property(nsid, anything, (collection, record) => {
      const event = commitOf(collection, record);
      assert.deepEqual(interpreter.interpret(event), interpreter.interpret(event));
    }),
  );
});

test('a place without consent keeps no point but one that hides it', () => {
  const location = fc.record(
    { lat: degrees(90), lng: degrees(180), allowPrecise: fc.boolean() },
    { requiredKeys: ['lat', 'lng'] },
  );
  fc.assert(
    fc.property(location, fc.boolean(), (where, isEvent) => {
      const base: JsonObject = isEvent
        ? { name: 'n', sceneId: 's', startsAt: '2024-01-01T00:00:00Z' }
        : { name: 'n' };
      const collection = isEvent ? 'app.subcult.event' : 'app.subcult.scene';
      const outcome = interpreter.interpret(commitOf(collection, { ...base, location: where }));
      assert(outcome && 'type' in outcome && outcome.type === 'upsert', JSON.stringify(outcome));
      const { place } = outcome.record;
      assert(place?.displayPoint);
      assert.equal(place.coarseGeohash, encodeGeohash(place.displayPoint, 6));
      assert.equal(place.allowPrecise, where.allowPrecise ?? false);
      const precise = { lat: Number(where.lat), lng: Number(where.lng) };
      assert.deepEqual(place.precisePoint, place.allowPrecise ? precise : null);
    }),
  );
});
