import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { jsonToLex, Lexicons } from '@atproto/lexicon';
import { OperatingError } from '../../../src/core/errors.ts';
import { compileLexicons } from '../../../src/protocols/records/compile-lexicon.ts';
import { parseLexicon } from '../../../src/protocols/records/lexicon-document.ts';
import { createCollections } from '../../../src/protocols/records/record-collections.ts';
import { RecordInterpreter } from '../../../src/protocols/records/record-interpreter.ts';
import { commitOf } from '../../support/commit-event.ts';
import { documentsIn } from '../../support/record-documents.ts';

/** Goal: lexicons and records are taken and refused as the interoperability vectors want it. */

interface LexiconCase {
  readonly name: string;
  readonly lexicon: unknown;
}
interface RecordCase {
  readonly name: string;
  readonly rkey: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function casesOf<T>(name: string): readonly T[] {
  const file = new URL(`../../fixtures/atproto/lexicon/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

const catalog = documentsIn('tests/fixtures/atproto/lexicon/catalog');
const mapping = {
  name: 'demo.mapping.json',
  value: {
    ...{ mapping: 1, collection: 'example.lexicon.record', table: 'demos' },
    columns: [{ column: 'number', path: 'integer', type: 'integer', required: true }],
  },
};
const interpreter = new RecordInterpreter({
  collections: createCollections([...catalog, mapping]),
  jitterSecret: Buffer.alloc(32),
});

test('valid lexicons are taken, each of the catalog among them', () => {
  const valid = casesOf<LexiconCase>('lexicon-valid');
  assert(valid.length >= 3 && catalog.length >= 5);
  for (const { name, lexicon } of valid) compileLexicons([parseLexicon({ name, value: lexicon })]);
  compileLexicons(catalog.map(parseLexicon));
});

test('invalid lexicons are refused, each by its own fault', () => {
  const invalid = casesOf<LexiconCase>('lexicon-invalid');
  assert(invalid.length >= 7);
  for (const { name, lexicon } of invalid) {
    assert.throws(
      () => compileLexicons([parseLexicon({ name, value: lexicon })]),
      (error) => error instanceof OperatingError && error.message.includes(name),
      name,
    );
  }
});

test('valid records become changes', () => {
  const valid = casesOf<RecordCase>('record-data-valid');
  assert(valid.length >= 3);
  for (const { name, rkey, data } of valid) {
    const outcome = interpreter.interpret(commitOf('example.lexicon.record', data, rkey));
    assert(outcome && 'type' in outcome && outcome.type === 'upsert', name);
    assert.deepEqual(outcome.record.values, { number: data['integer'] });
  }
});

test('invalid records are rejected, and nothing of them is told', () => {
  const invalid = casesOf<RecordCase>('record-data-invalid');
  assert(invalid.length >= 47);
  for (const { name, rkey, data } of invalid) {
    const outcome = interpreter.interpret(commitOf('example.lexicon.record', data, rkey));
    assert(outcome && 'reason' in outcome, name);
    assert.match(outcome.reason, /^Err(MissingField|InvalidField(Type|Value)|InvalidTimestamp)$/);
    for (const value of ['green', 'unexpected', 'abcdefg', 'not-a-number', '9000']) {
      assert(!outcome.detail.includes(value), `${name}: ${outcome.detail}`);
    }
  }
});

test('another record key than the lexicon names is refused', () => {
  const event = commitOf('example.lexicon.record', { integer: 1 }, 'other');
  const outcome = interpreter.interpret(event);
  assert(outcome && 'reason' in outcome);
  assert.equal(outcome.reason, 'ErrInvalidFieldValue');
});

test("the official library judges our lexicons' records as we do", () => {
  const documents = [...documentsIn('lexicons'), ...documentsIn('data/samples/records/lexicons')];
  const values = documents.filter(({ name }) => !name.endsWith('.mapping.json'));
  const library = new Lexicons(values.map(({ value }) => value as never));
  const ours = compileLexicons(values.map(parseLexicon));
  const taken: boolean[] = [];
  for (const record of variants()) {
    const type = String(record['$type']);
    const valid = library.validate(type, jsonToLex(record as never)).success;
    assert.equal(ours.get(`${type}#main`)?.(record) === null, valid, JSON.stringify(record));
    taken.push(valid);
  }
  assert(taken.includes(true) && taken.includes(false));
});

/** Every field of a few records, replaced by one value of each kind. */
function variants(): readonly Readonly<Record<string, unknown>>[] {
  const uri = 'at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3mptbyplj5d2a';
  const cid = 'bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq';
  const createdAt = '2024-06-15T20:00:00.123Z';
  const records = [
    { $type: 'app.bsky.feed.like', subject: { uri, cid }, createdAt },
    { $type: 'app.bsky.graph.follow', subject: 'did:web:example.com', createdAt },
    {
      ...{
        $type: 'app.subcult.event',
        name: 'n',
        sceneId: 's',
        startsAt: createdAt,
        status: 'live',
      },
      ...{ tags: ['a'], location: { lat: '1', lng: '2', allowPrecise: true } },
    },
    { $type: 'app.subcult.alliance', fromSceneId: 'a', toSceneId: 'b', weight: '0.5' },
  ];
  const values = [
    ...[undefined, null, '', 'x', 'é'.repeat(600), 0, -1, true, [], ['a'], [1], {}, { a: 1 }],
    ...[new Array(51).fill('t'), '2024-02-30T00:00:00Z', '2024-06-15', uri, cid],
  ];
  return records.flatMap((record) => [
    record,
    ...Object.keys(record)
      .filter((name) => name !== '$type')
      .flatMap((name) => values.map((value) => ({ ...record, [name]: value }))),
  ]);
}
