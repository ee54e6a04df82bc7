import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PRIVATE_KEYS_DEFAULT } from '../../../src/protocols/records/private-keys.ts';
import { createCollections } from '../../../src/protocols/records/record-collections.ts';
import { RecordInterpreter } from '../../../src/protocols/records/record-interpreter.ts';
import { commitOf } from '../../support/commit-event.ts';
import { documentsIn } from '../../support/record-documents.ts';

/** Goal: what the page about mappings shows works as it is printed. */

const page = readFileSync(new URL('../../../docs/RECORDS-MAPPING.md', import.meta.url), 'utf8');

test('the example of the page maps a record', () => {
  const [lexicon, mapping] = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, text = '']): unknown => JSON.parse(text),
  );
  const collections = createCollections([
    ...documentsIn('lexicons'),
    { name: 'org.example.gig.json', value: lexicon },
    { name: 'org.example.gig.mapping.json', value: mapping },
  ]);
  const interpreter = new RecordInterpreter({ collections, jitterSecret: Buffer.alloc(32) });
  const gig = {
    title: 'Mill Night',
    startsAt: '2024-06-15T20:00:00+02:00',
    scene: 's1',
    price: 7.5,
  };
  const outcome = interpreter.interpret(commitOf('org.example.gig', gig));
  assert(outcome && 'type' in outcome && outcome.type === 'upsert');
  const { host_did: _, ...values } = outcome.record.values;
  assert.deepEqual(values, {
    ...{ title: 'Mill Night', starts_at: '2024-06-15T18:00:00.000Z', ends_at: null },
    ...{ price: '7.5', ticket: {} },
  });
  const guests = interpreter.interpret(commitOf('org.example.gig', { ...gig, guest_list: [] }));
  assert(guests && 'reason' in guests);
  assert.equal(guests.reason, 'ErrProtectedData');
});

test('the page names all built-in private names', () => {
  for (const name of PRIVATE_KEYS_DEFAULT) assert(page.includes(`\`${name}\``), name);
});
