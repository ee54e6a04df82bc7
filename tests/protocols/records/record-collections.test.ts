import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import type { NamedDocument } from '../../../src/protocols/records/parse-document.ts';
import { createCollections } from '../../../src/protocols/records/record-collections.ts';
import { RecordInterpreter } from '../../../src/protocols/records/record-interpreter.ts';
import { commitOf } from '../../support/commit-event.ts';
import { documentsIn, ownCollections, sampleCollections } from '../../support/record-documents.ts';

/** Goal: collections come from documents alone; a bad document is refused with the place of its fault. */

interface Change {
  /** Of the lexicon's properties. */
  readonly properties?: object;
  readonly required?: readonly string[];
  readonly mapping?: object;
  readonly column?: object;
}

/** A lexicon `org.example.NAME` with a title and its mapping, with changes. */
function pair(name: string, change: Change = {}): readonly NamedDocument[] {
  const { properties = {}, required = [], mapping = {}, column = {} } = change;
  return [
    lexicon(name, { properties: { title: { type: 'string' }, ...properties }, required }),
    {
      name: `org.example.${name}.mapping.json`,
      value: {
        ...{ mapping: 1, collection: `org.example.${name}`, table: `${name}_rows` },
        columns: [{ column: 'title', path: 'title', type: 'text', ...column }],
        ...mapping,
      },
    },
  ];
}

function lexicon(name: string, record: object, revision = 1): NamedDocument {
  const main = { type: 'record', key: 'any', record: { type: 'object', ...record } };
  const value = { lexicon: 1, revision, id: `org.example.${name}`, defs: { main } };
  return { name: `org.example.${name}.${revision}.json`, value };
}

function reference(collection: string, column = 'other_id'): object {
  return { column, path: 'other', collection: `org.example.${collection}`, ownership: 'any' };
}

const other = { other: { type: 'string' } };

test('the built-in collections have the tables of the seed', () => {
  const { tables, nsids } = ownCollections();
  assert.deepEqual(
    tables.map(({ collection }) => collection),
    nsids,
  );
  assert.deepEqual(
    new Set(tables.map(({ name }) => name)),
    new Set([...['scenes', 'events', 'posts', 'alliances', 'memberships', 'streams']]),
  );
  const scenes = tables.find(({ name }) => name === 'scenes');
  assert.deepEqual(scenes?.unique, [{ columns: ['owner_did', 'name'], ignoreCase: ['name'] }]);
  const events = tables.find(({ name }) => name === 'events');
  assert.deepEqual(events?.checks, [{ type: 'before', first: 'starts_at', second: 'ends_at' }]);
  assert.deepEqual(
    tables.filter(({ place }) => place).map(({ name }) => name),
    ['scenes', 'events'],
  );
});

test('the sample of a user has its tables, and a lexicon that is only referred to has none', () => {
  assert.deepEqual(sampleCollections().nsids, ['app.bsky.feed.like', 'app.bsky.graph.follow']);
});

test('all collections can be indexed together', () => {
  const all = [...documentsIn('lexicons'), ...documentsIn('data/samples/records/lexicons')];
  assert.equal(createCollections(all).tables.length, 8);
});

test('tables come behind those that they refer to, whatever the order of the documents', () => {
  const chain = [
    ...pair('a', { properties: other, mapping: { references: [reference('b')] } }),
    ...pair('b', {
      properties: other,
      mapping: { references: [reference('c'), reference('b', 'self_id')] },
    }),
    ...pair('c'),
  ];
  for (const documents of [chain, chain.toReversed()]) {
    assert.deepEqual(
      createCollections(documents).tables.map(({ name }) => name),
      ['c_rows', 'b_rows', 'a_rows'],
    );
  }
});

const REFUSED: readonly (readonly [problem: RegExp, documents: readonly NamedDocument[]])[] = [
  [/a\.mapping\.json, at table: .*small letters/, pair('a', { mapping: { table: 'Drop;' } })],
  [/at table: .*no database or store/, pair('a', { mapping: { table: 'select' } })],
  [/at table: .*no database or store/, pair('a', { mapping: { table: 'indexer_state' } })],
  [/at columns\.0\.column: .*every table has/, pair('a', { column: { column: 'record_did' } })],
  [/at columns\.0\.column: .*small letters/, pair('a', { column: { column: 'a"b' } })],
  [/at columns\.0\.type: /, pair('a', { column: { type: 'varchar' } })],
  [/at columns\.0: .*lenghtMax/, pair('a', { column: { lenghtMax: 3 } })],
  [/at columns\.0\.path: .*\(title\), received titel/, pair('a', { column: { path: 'titel' } })],
  [/at columns\.0\.path: .*JavaScript/, pair('a', { column: { path: 'constructor' } })],
  [
    /at columns\.0\.path: expected integer at title .* received string/,
    pair('a', { column: { type: 'integer' } }),
  ],
  [
    /at columns\.0: default: expected one of a, received another/,
    pair('a', { column: { values: ['a'], default: 'b' } }),
  ],
  [/at columns\.0\.pattern: .*regular expression/, pair('a', { column: { pattern: '(' } })],
  [
    /at checks or unique: expected one of title, received name/,
    pair('a', { mapping: { unique: [{ columns: ['name'] }] } }),
  ],
  [
    /at checks: expected two timestamps/,
    pair('a', { mapping: { checks: [{ type: 'before', first: 'title', second: 'title' }] } }),
  ],
  [
    /at references: expected a mapped collection, received org\.example\.b/,
    pair('a', { properties: other, mapping: { references: [reference('b')] } }),
  ],
  [
    /at references\.0\.path: .*received other/,
    [...pair('a', { mapping: { references: [reference('b')] } }), ...pair('b')],
  ],
  [
    /at references: expected no circle, received one among org\.example\.a, org\.example\.b/,
    [
      ...pair('a', { properties: other, mapping: { references: [reference('b')] } }),
      ...pair('b', { properties: other, mapping: { references: [reference('a')] } }),
    ],
  ],
  [
    /at table: expected one mapping for b_rows, received/,
    [...pair('a', { mapping: { table: 'b_rows' } }), ...pair('b')],
  ],
  [/at collection: expected a lexicon that defines the record/, pair('a').slice(1)],
  [/at place: expected a field/, pair('a', { mapping: { place: 'location' } })],
  [
    /at defs\.main\.record\.properties\.x\.type: /,
    pair('a', { properties: { x: { type: 'float' } } }),
  ],
  [
    /at defs: expected references .* received #nowhere/,
    pair('a', { properties: { x: { type: 'ref', ref: '#nowhere' } } }),
  ],
  [/at revision: expected revisions that differ/, [...pair('a'), ...pair('a').slice(0, 1)]],
  [/at its top: .*received null/, [{ name: 'x.json', value: null }]],
  [/at mapping: /, [{ name: 'x.mapping.json', value: { mapping: 2 } }]],
];

test('a bad document is refused by its name, the place in it, and what was expected', () => {
  createCollections(pair('a'));
  for (const [problem, documents] of REFUSED) {
    assert.throws(
      () => createCollections(documents),
      (error) => {
        assert(error instanceof OperatingError, String(error));
        assert.equal(error.code, 'CONFIG');
        assert.match(error.message, problem);
        return true;
      },
      String(problem),
    );
  }
});

test('a record of an older revision is taken, and its revision told; faults are those of the newest', () => {
  const count = { type: 'integer', maximum: 9 };
  const newest = { properties: { title: { type: 'string' }, count }, required: ['count'] };
  const [, mapping] = pair('a');
  assert(mapping);
  const collections = createCollections([
    lexicon('a', { properties: { title: { type: 'string' } }, required: ['title'] }),
    ...[mapping, lexicon('a', newest, 2)],
  ]);
  const interpreter = new RecordInterpreter({ collections, jitterSecret: Buffer.alloc(32) });
  const outcomeOf = (record: object) => {
    const outcome = interpreter.interpret(commitOf('org.example.a', record));
    if (outcome === null || 'reason' in outcome) return outcome?.detail;
    return outcome.type === 'upsert' ? outcome.lexiconRevision : null;
  };
  assert.equal(outcomeOf({ title: 't', count: 3 }), 2);
  assert.equal(outcomeOf({ count: 3 }), 2);
  assert.equal(outcomeOf({ title: 't' }), 1);
  assert.equal(outcomeOf({}), 'count: expected a value, received nothing');
});
