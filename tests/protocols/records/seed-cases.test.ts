import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { RecordChange, Rejection, UpsertChange } from '../../../src/model/record-change.ts';
import { RecordInterpreter } from '../../../src/protocols/records/record-interpreter.ts';
import { commitOf, OWN_DID } from '../../support/commit-event.ts';
import { ownCollections } from '../../support/record-documents.ts';

/** Goal: what the seed's filter and mapper do is done, but for what is listed here with its reason. */

interface FilterCase {
  readonly collection: string;
  readonly payload: string;
  readonly matched: boolean;
  readonly valid: boolean;
  readonly error?: string;
}
interface MapperCase {
  readonly collection: string;
  readonly record: object;
  readonly out: Readonly<Record<string, unknown>> | null;
  readonly error?: string;
}

function casesOf<T>(name: string): readonly T[] {
  const file = new URL(`../../fixtures/atproto/seed/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).cases;
}

const interpreter = new RecordInterpreter({
  collections: ownCollections(),
  jitterSecret: Buffer.alloc(32),
});

function outcomeOf(collection: string, record: unknown): RecordChange | Rejection | null {
  return interpreter.interpret(commitOf(collection, record));
}

/** What the seed's filter takes and its mapper or repository refuses later: here there is one answer. */
const REFUSED_LATER: Readonly<Record<string, string>> = {
  'app.subcult.scene {"name":""}': 'ErrMissingRequiredField',
  'app.subcult.event {"name":"Friday Night","sceneId":"scene123"}': 'ErrMissingRequiredField',
  'app.subcult.event {"name":"Saturday Rave","sceneId":"scene456","startTime":"2024-01-01T20:00:00Z"}':
    'ErrMissingRequiredField',
  // Its mapper cannot read it, so it names no fault; a reference of another type is one.
  'app.subcult.post {"text":"Hello","sceneId":5,"eventId":"e1"}': 'ErrInvalidFieldType',
  'app.subcult.custom {"any":"field"}': 'ErrUnsupportedCollection',
  'app.subcult. {}': 'ErrUnsupportedCollection',
};

/** `undefined` where the payload is no JSON: decoding ends there, with `ErrMalformedJSON`. */
function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

test("every case of the seed's filter ends as it does there", () => {
  const cases = casesOf<FilterCase>('filter_cases');
  assert(cases.length >= 44);
  for (const { collection, payload, matched, valid, error = '' } of cases) {
    const name = `${collection} ${payload}`;
    const record = parsed(payload);
    if (record === undefined) {
      assert.equal(error, 'ErrMalformedJSON', name);
      continue;
    }
    const outcome = outcomeOf(collection, record);
    assert.equal(interpreter.wants(collection), matched, name);
    const refused = REFUSED_LATER[name];
    if (!matched) assert.equal(outcome, null, name);
    else if (valid && refused === undefined) assert(outcome && 'type' in outcome, name);
    else {
      assert(outcome && 'reason' in outcome, name);
      assert.equal(outcome.reason, refused ?? error, name);
    }
  }
});

/** The seed's words for faults of its mapper; its filter comes first, and names what is missing otherwise. */
const MAPPER_ERRORS: Readonly<Record<string, readonly string[]>> = {
  'ErrMissingRequiredField: startsAt': ['ErrMissingRequiredField'],
  'invalid startsAt timestamp': ['ErrInvalidTimestamp'],
  'invalid endsAt timestamp': ['ErrInvalidTimestamp'],
  'invalid since timestamp': ['ErrInvalidTimestamp'],
};
const MISSING = ['ErrMissingField', 'ErrMissingRequiredField'];

/** Columns by the names that the cases have for their values. */
const COLUMNS: Readonly<Record<string, string>> = {
  ...{ name: 'name', title: 'title', description: 'description', text: 'text', tags: 'tags' },
  ...{ ownerDid: 'owner_did', authorDid: 'author_did', visibility: 'visibility', labels: 'labels' },
  ...{ status: 'status', endsAt: 'ends_at', reason: 'reason', palette: 'palette' },
  ...{ attachments: 'attachments', weight: 'weight', since: 'since' },
};

/** On purpose not what the seed gives. */
function wantedOf(name: string, value: unknown): unknown {
  switch (name) {
    case 'palette':
      // The seed's table has this default; a row is the same either way.
      return value ?? {};
    case 'weight':
      // AT Protocol has no floats, so decimals are text.
      return `${value}`;
    case 'since':
      // The time of the event, so that a replay gives the same; otherwise in one form.
      return value === '<now>' ? '2023-11-14T22:13:20.123Z' : '2024-01-01T00:00:00.000Z';
    case 'attachments':
      return JSON.parse(JSON.stringify(value), (key, inside) =>
        key === 'durationSeconds' ? `${inside}` : inside,
      );
    default:
      return value === '<did>' ? OWN_DID : value;
  }
}

function assertMapped(change: UpsertChange, out: Readonly<Record<string, unknown>>): void {
  const { values, place } = change.record;
  for (const [name, value] of Object.entries(out)) {
    if (name === 'note') continue;
    if (name === 'coarseGeohash') {
      // An unknown place is null; the seed puts it in Denmark.
      assert.equal(place?.coarseGeohash, value === 'u4pruyd' ? null : value);
    } else if (name === 'allowPrecise') assert.equal(place?.allowPrecise, value);
    else if (name === 'precisePoint') assert.deepEqual(place?.precisePoint, value);
    else {
      const column = COLUMNS[name];
      assert(column !== undefined, name);
      assert.deepEqual(values[column], wantedOf(name, value), name);
    }
  }
}

test("every case of the seed's mapper gives its values", () => {
  const cases = casesOf<MapperCase>('mapper_cases');
  assert(cases.length >= 23);
  for (const { collection, record, out, error = '' } of cases) {
    const outcome = outcomeOf(collection, record);
    if (out === null) {
      assert(outcome && 'reason' in outcome, JSON.stringify(record));
      assert((MAPPER_ERRORS[error] ?? MISSING).includes(outcome.reason), outcome.reason);
    } else {
      const got = outcome && 'detail' in outcome ? outcome.detail : '';
      assert(outcome && 'type' in outcome && outcome.type === 'upsert', got);
      assertMapped(outcome, out);
    }
  }
});

/** The seed stores each of these, or has its database refuse them. */
const BOUNDS: readonly (readonly [reason: string, collection: string, record: object])[] = [
  ['ErrInvalidFieldValue', 'scene', { name: 'n', palette: { primary: 'red' } }],
  ['ErrInvalidFieldValue', 'scene', { name: 'n', visibility: 'secret' }],
  ['ErrInvalidFieldValue', 'scene', { name: 'n'.repeat(256) }],
  ['ErrInvalidFieldValue', 'scene', { name: 'n', tags: new Array(51).fill('t') }],
  ['ErrInvalidFieldValue', 'scene', { name: 'n', location: { lat: 90.5, lng: 0 } }],
  ['ErrInvalidFieldValue', 'scene', { name: 'n', location: { lat: '0', lng: '-180.1' } }],
  ['ErrMissingField', 'scene', { name: 'n', location: { lat: '0', lon: '1' } }],
  ['ErrInvalidFieldValue', 'alliance', { fromSceneId: 'a', toSceneId: 'b', weight: 1.01 }],
  ['ErrInvalidFieldValue', 'alliance', { fromSceneId: 'a', toSceneId: 'b', weight: '-0.1' }],
  ['ErrInvalidFieldValue', 'alliance', { fromSceneId: 'a', toSceneId: 'b', weight: 'heavy' }],
  ['ErrInvalidFieldValue', 'alliance', { fromSceneId: 'a', toSceneId: 'b', status: 'odd' }],
  ['ErrInvalidFieldValue', 'alliance', { fromSceneId: 'a', toSceneId: 'a' }],
  [
    'ErrInvalidFieldValue',
    'alliance',
    { fromSceneId: 'a', toSceneId: `at://${OWN_DID}/app.subcult.scene/a` },
  ],
  [
    'ErrInvalidFieldValue',
    'event',
    {
      name: 'n',
      sceneId: 's',
      startsAt: '2024-01-02T00:00:00Z',
      endsAt: '2024-01-02T01:00:00+01:00',
    },
  ],
  ['ErrInvalidTimestamp', 'event', { name: 'n', sceneId: 's', startsAt: '2024-02-30T00:00:00Z' }],
];

test('what the database would refuse is refused before', () => {
  for (const [reason, collection, record] of BOUNDS) {
    const outcome = outcomeOf(`app.subcult.${collection}`, record);
    assert(outcome && 'reason' in outcome, JSON.stringify(record).slice(0, 200));
    assert.equal(outcome.reason, reason, outcome.detail);
  }
});
