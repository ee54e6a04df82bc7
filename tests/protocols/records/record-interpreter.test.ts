import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { RecordReference, Rejection, UpsertChange } from '../../../src/model/record-change.ts';
import type { StreamEvent } from '../../../src/model/stream-event.ts';
import { createCollections } from '../../../src/protocols/records/record-collections.ts';
import { RecordInterpreter } from '../../../src/protocols/records/record-interpreter.ts';
import {
  commitOf,
  EVENT_TIME_US,
  OTHER_DID,
  OWN_DID,
  RECORD_CID,
} from '../../support/commit-event.ts';
import { documentsIn, ownCollections, sampleCollections } from '../../support/record-documents.ts';

/** Goal: each event becomes one change, one rejection that tells nothing private, or nothing, and never an error. */

const collections = ownCollections();
const jitterSecret = Buffer.alloc(32, 'mill');

function interpret(event: StreamEvent) {
  return new RecordInterpreter({ collections, jitterSecret }).interpret(event);
}

function upsertOf(collection: string, record: unknown): UpsertChange {
  const outcome = interpret(commitOf(`app.subcult.${collection}`, record));
  assert(outcome && 'type' in outcome && outcome.type === 'upsert', JSON.stringify(outcome));
  return outcome;
}

function rejectionOf(collection: string, record: unknown): Rejection {
  const outcome = interpret(commitOf(`app.subcult.${collection}`, record));
  assert(outcome && 'reason' in outcome, JSON.stringify(outcome));
  return outcome;
}

function uriOf(did: string, collection: string, rkey = 's1'): string {
  return `at://${did}/app.subcult.${collection}/${rkey}`;
}

test('a commit becomes a change with its key, revision, CID and time', () => {
  const { record, ...change } = upsertOf('scene', { $type: 'app.subcult.scene', name: 'Mill' });
  assert.deepEqual(change, {
    ...{ type: 'upsert', rev: '3mptbypluud2a', cid: RECORD_CID, timeUs: EVENT_TIME_US },
    ...{ key: { did: OWN_DID, collection: 'app.subcult.scene', rkey: 'r1' }, lexiconRevision: 1 },
  });
  assert.deepEqual(record.place, {
    ...{ allowPrecise: false, precisePoint: null, coarseGeohash: null, displayPoint: null },
  });
});

test('every column of a table but references has a value in each record', () => {
  const wanted = {
    sceneId: 's',
    startsAt: '2024-01-01T00:00:00Z',
    name: 'n',
    text: 't',
    title: 'l',
  };
  const minimal = { ...wanted, fromSceneId: 'a', toSceneId: 'b' };
  for (const { collection, columns } of collections.tables) {
    const outcome = interpret(commitOf(collection, minimal));
    assert(outcome && 'type' in outcome && outcome.type === 'upsert', collection);
    const { values } = outcome.record;
    assert.deepEqual(
      Object.keys(values),
      columns.map(({ name }) => name),
    );
    for (const { name, nullable } of columns) assert(nullable || values[name] !== null, name);
  }
});

test('a missing $type is taken, a wrong one is not', () => {
  upsertOf('scene', { name: 'n' });
  const wrong = rejectionOf('scene', { $type: 'app.subcult.event', name: 'n' });
  assert.equal(wrong.reason, 'ErrInvalidFieldValue');
  assert.equal(rejectionOf('scene', { $type: 1, name: 'n' }).reason, 'ErrInvalidFieldType');
});

test('a delete needs no record, and no mapping of one', () => {
  const event = commitOf('app.subcult.scene', {});
  const { rev, collection, rkey } = event.commit;
  const commit = { rev, operation: 'delete', collection, rkey } as const;
  assert.deepEqual(interpret({ ...event, commit }), {
    ...{ type: 'delete', rev, timeUs: EVENT_TIME_US, key: { did: OWN_DID, collection, rkey } },
  });
});

test('accounts and identities become changes in whatever collection they have records', () => {
  const base = { did: OWN_DID, time_us: EVENT_TIME_US };
  const said = { did: OWN_DID, seq: 1, time: '2024-09-05T06:11:04.870123Z' };
  const account = { ...said, active: false, status: 'takendown' };
  assert.deepEqual(interpret({ ...base, kind: 'account', account }), {
    ...{ type: 'account', did: OWN_DID, active: false, status: 'takendown' },
    time: '2024-09-05T06:11:04.870Z',
  });
  assert.deepEqual(interpret({ ...base, kind: 'identity', identity: said }), {
    ...{ type: 'identity', did: OWN_DID, handle: null, time: '2024-09-05T06:11:04.870Z' },
  });
  const sync = { did: OWN_DID, rev: '3mptbypluud2a', time: said.time };
  assert.equal(interpret({ ...base, kind: 'sync', sync }), null);
});

const KEY = { did: OWN_DID, collection: 'app.subcult.scene', rkey: 's1' };
const FOREIGN = { ...KEY, did: OTHER_DID };

function referencesOf(collection: string, record: object): readonly RecordReference[] {
  return upsertOf(collection, record).record.references;
}

test('a reference is a key of the same account, or an AT-URI', () => {
  for (const sceneId of ['s1', uriOf(OWN_DID, 'scene')]) {
    const references = referencesOf('post', { text: 't', sceneId });
    assert.deepEqual(references, [{ column: 'scene_id', key: KEY }]);
  }
  const sceneId = uriOf(OTHER_DID, 'scene');
  assert.deepEqual(referencesOf('post', { text: 't', sceneId }), [
    { column: 'scene_id', key: FOREIGN },
  ]);
  assert.deepEqual(referencesOf('membership', { sceneId }), [{ column: 'scene_id', key: FOREIGN }]);
  const pair = referencesOf('alliance', { fromSceneId: 's1', toSceneId: sceneId });
  assert.deepEqual(
    pair.map(({ key }) => key),
    [KEY, FOREIGN],
  );
});

test("nobody hangs events, streams or alliances on another account's scene", () => {
  const scene = uriOf(OTHER_DID, 'scene');
  const startsAt = '2024-01-01T00:00:00Z';
  for (const [collection, record] of [
    ['event', { name: 'n', startsAt, sceneId: scene }],
    ['alliance', { fromSceneId: scene, toSceneId: 's1' }],
    ['stream', { title: 't', sceneId: scene }],
    ['stream', { title: 't', eventId: uriOf(OTHER_DID, 'event') }],
  ] as const) {
    assert.equal(rejectionOf(collection, record).reason, 'ErrNotOwner', collection);
  }
});

test('references by handle, to other collections, or into a record are refused', () => {
  for (const sceneId of [
    ...['at://example.com/app.subcult.scene/s1', uriOf(OWN_DID, 'event'), `at://${OWN_DID}`],
    ...[`${uriOf(OWN_DID, 'scene')}#part`, `${uriOf(OWN_DID, 'scene')}/more`, 'a/b', '..', 'at://'],
  ]) {
    assert.equal(
      rejectionOf('post', { text: 't', sceneId }).reason,
      'ErrInvalidFieldValue',
      sceneId,
    );
  }
});

const PRIVATE = [
  ...['precisePoint', 'precise_point', 'PRECISE-POINT', 'exactAddress', 'exact_address'],
  ...['encryptedAddress', 'encrypted_address', 'contactEmail', 'contact_email', 'contactPhone'],
];

test('records that hold private data anywhere are refused, whatever the case of the name', () => {
  for (const name of PRIVATE) {
    for (const record of [
      { name: 'n', [name]: 'x' },
      { name: 'n', location: { lat: '1', lng: '2', [name]: 'x' } },
      { name: 'n', extra: [{ deep: { [name]: null } }] },
    ]) {
      assert.equal(rejectionOf('scene', record).reason, 'ErrProtectedData', name);
    }
  }
});

test('what is private is for a mapping to say', () => {
  const documents = documentsIn('data/samples/records/lexicons').map(({ name, value }) =>
    name === 'app.bsky.graph.follow.mapping.json'
      ? { name, value: { ...(value as object), privateKeys: ['birthDate'] } }
      : { name, value },
  );
  const interpreter = new RecordInterpreter({
    ...{ collections: createCollections(documents), jitterSecret },
  });
  const follow = { subject: OTHER_DID, createdAt: '2024-01-01T00:00:00Z' };
  const outcomeOf = (extra: object) =>
    interpreter.interpret(
      commitOf('app.bsky.graph.follow', { ...follow, ...extra }, '3mptbyplj5d2a'),
    );
  const refused = outcomeOf({ birth_date: '1999' });
  assert(refused && 'reason' in refused);
  assert.equal(refused.reason, 'ErrProtectedData');
  const taken = outcomeOf({ contactEmail: 'x' });
  assert(taken && 'type' in taken);
});

test('a rejection holds a digest of the record and none of its values', () => {
  const secret = 'Hidden Cellar Street 5';
  const rejection = rejectionOf('scene', { name: 'n', visibility: secret, tags: [secret] });
  assert(!JSON.stringify(rejection).includes('Hidden'));
  assert.match(rejection.detail, /^visibility: expected one of public, private, unlisted/);
  const canonical = `{"name":"n","tags":["${secret}"],"visibility":"${secret}"}`;
  assert.equal(rejection.digest, createHash('sha256').update(canonical).digest('hex'));
  assert.deepEqual(rejection.key, { ...KEY, rkey: 'r1' });
});

test('the same record gives the same digest in whatever order its fields are', () => {
  const one = rejectionOf('scene', { tags: 1, a: { b: [1, { d: null, c: 'é' }], e: true } });
  const other = rejectionOf('scene', { a: { e: true, b: [1, { c: 'é', d: null }] }, tags: 1 });
  assert.equal(one.digest, other.digest);
});

test('records that nobody means are refused for their size, not worked on', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`);
  const wide = { name: 'n', list: new Array(60_000).fill(0) };
  const long = { name: 'n', text: 'x'.repeat(2_000_000) };
  for (const record of [{ name: 'n', deep }, wide, long]) {
    const { reason, detail, digest } = rejectionOf('scene', record);
    assert.equal(reason, 'ErrInvalidFieldValue', detail);
    assert.match(digest, /^[0-9a-f]{64}$/);
  }
});

test('text that no database can keep is refused', () => {
  for (const name of ['a\0b', '\ud800', 'x\udc00y']) {
    assert.equal(rejectionOf('scene', { name }).reason, 'ErrInvalidFieldValue');
    assert.equal(rejectionOf('scene', { name: 'n', [name]: 1 }).reason, 'ErrInvalidFieldValue');
  }
});

test('events whose names are unfit for a database are rejected without them', () => {
  const event = commitOf('app.subcult.scene', { name: 'n' });
  const { commit } = event;
  for (const [reason, odd] of [
    ['ErrMissingDID', { ...event, did: 'not a did' }],
    ['ErrInvalidTimestamp', { ...event, time_us: Number.NaN }],
    ['ErrMissingPath', { ...event, commit: { ...commit, rkey: 'a\0b' } }],
    ['ErrInvalidFieldValue', { ...event, commit: { ...commit, rev: 'r'.repeat(65) } }],
    ['ErrInvalidRecordCID', { ...event, commit: { ...commit, cid: 'no cid' } }],
  ] as const) {
    const outcome = interpret(odd);
    assert(outcome && 'reason' in outcome, reason);
    assert.deepEqual([outcome.reason, outcome.key, outcome.rev], [reason, null, null]);
  }
});

test('decimals come as text, integer or float, and are kept as one text', () => {
  const weightOf = (weight: unknown) =>
    upsertOf('alliance', { fromSceneId: 'a', toSceneId: 'b', weight }).record.values['weight'];
  assert.deepEqual(['0.850', 0.85, '1.0', 1, '00.5', 1e-7, '-0.0'].map(weightOf), [
    ...['0.85', '0.85', '1', '1', '0.5', '0.0000001', '0'],
  ]);
});

test('what is counted adds up', () => {
  const interpreter = new RecordInterpreter({ collections, jitterSecret });
  interpreter.interpret(commitOf('app.bsky.feed.post', { text: 't' }));
  interpreter.interpret(commitOf('app.subcult.scene', { name: 'n' }));
  interpreter.interpret(commitOf('app.subcult.scene', {}));
  interpreter.interpret(commitOf('app.subcult.scene', { name: 1 }));
  assert.deepEqual(interpreter.counts, {
    ...{ processed: 4, matched: 3, discarded: 1 },
    rejected: new Map([
      ['ErrMissingField', 1],
      ['ErrInvalidFieldType', 1],
    ]),
  });
});

test('collections of users are indexed without code', () => {
  const interpreter = new RecordInterpreter({ collections: sampleCollections(), jitterSecret });
  const subject = { uri: `at://${OTHER_DID}/app.bsky.feed.post/3mptbyplj5d2a`, cid: RECORD_CID };
  const like = { $type: 'app.bsky.feed.like', subject, createdAt: '2024-01-01T00:00:00Z' };
  const outcome = interpreter.interpret(commitOf('app.bsky.feed.like', like, '3mptbyplj5d2a'));
  assert(outcome && 'type' in outcome && outcome.type === 'upsert');
  assert.deepEqual(outcome.record.values, {
    ...{ liker_did: OWN_DID, subject_uri: subject.uri, subject_cid: RECORD_CID },
    liked_at: '2024-01-01T00:00:00.000Z',
  });
  assert(!interpreter.wants('app.subcult.scene'), 'only what is mapped is wanted');
});
