import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PrivateKeys } from '../../../src/protocols/records/private-keys.ts';
import { boundsFault } from '../../../src/protocols/records/record-bounds.ts';
import type { RecordFault } from '../../../src/protocols/records/record-fault.ts';
import { RecordInterpreter } from '../../../src/protocols/records/record-interpreter.ts';
import { commitOf } from '../../support/commit-event.ts';
import { ownCollections } from '../../support/record-documents.ts';

/** Goal: what is not of AT Protocol's data model is in no record that is stored, wherever in it it stands. */

interface Case {
  readonly note: string;
  readonly json: unknown;
}

const CID = 'bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity';
const blob = { $type: 'blob', ref: { $link: CID }, mimeType: 'image/jpeg', size: 1 };
const nobody = new PrivateKeys([]);
const interpreter = new RecordInterpreter({
  collections: ownCollections(),
  jitterSecret: Buffer.alloc(32),
});

function casesOf(name: string): readonly Case[] {
  const file = new URL(`../../fixtures/atproto/data-model/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

function faultOf(value: unknown): RecordFault | null {
  return boundsFault({ inside: [{ deeper: value }] }, nobody);
}

function reasonOf(record: unknown): string | null {
  const outcome = interpreter.interpret(commitOf('app.subcult.scene', record));
  return outcome !== null && 'reason' in outcome ? outcome.reason : null;
}

test('valid cases pass, and so do whole links, bytes and blobs', () => {
  const valid = casesOf('data-model-valid');
  assert.equal(valid.length, 5);
  for (const { note, json } of valid) assert.equal(boundsFault(json, nobody), null, note);
  for (const value of [blob, { $link: CID }, { $bytes: 'nFER' }, { $bytes: '' }, { $type: 'a' }]) {
    assert.equal(faultOf(value), null, JSON.stringify(value));
  }
});

test('every invalid case is refused as part of a record of a collection that allows other fields', () => {
  const invalid = casesOf('data-model-invalid');
  assert.equal(invalid.length, 12);
  for (const { note, json } of invalid) {
    // The first one is a text, which is no fault within a record but none of its own.
    const record = typeof json === 'string' ? json : { name: 'n', extra: json };
    assert.match(
      reasonOf(record) ?? 'taken',
      /^Err(InvalidField(Type|Value)|MalformedJSON)$/,
      note,
    );
  }
  assert.equal(reasonOf({ name: 'n', extra: { $link: CID } }), null);
});

const faults = [
  ['ErrInvalidFieldType', { ...blob, ref: CID }],
  ['ErrInvalidFieldType', { ...blob, ref: { cid: CID } }],
  ['ErrInvalidFieldValue', { ...blob, ref: { $link: 'Qm' } }],
  ['ErrInvalidFieldType', { ...blob, mimeType: '' }],
  ['ErrInvalidFieldType', { ...blob, mimeType: 1 }],
  ['ErrInvalidFieldType', { ...blob, size: -1 }],
  ['ErrInvalidFieldType', { ...blob, size: 1.5 }],
  ['ErrInvalidFieldValue', { $bytes: 'no base64!' }],
  ['ErrInvalidFieldType', { $bytes: null }],
  ['ErrInvalidFieldType', { $link: null }],
  ['ErrInvalidFieldType', { $type: ['x'] }],
  ['ErrInvalidFieldType', 2 ** 53],
  ['ErrInvalidFieldType', 1e300],
  ['ErrInvalidFieldType', -0.5],
] as const;

for (const [reason, value] of faults) {
  test(`${JSON.stringify(value)} is refused at any depth`, () => {
    const fault = faultOf(value);
    assert.equal(fault?.reason, reason);
    assert.doesNotMatch(JSON.stringify(fault), /no base64|1e\+?300|0\.5/);
  });
}

test('numbers that are not whole pass only where the mapping has a decimal or a place', () => {
  const location = { lat: 52.52, lng: 13.4, allowPrecise: true };
  assert.equal(reasonOf({ name: 'n', location }), null);
  assert.equal(reasonOf({ name: 'n', location, weight: 0.5 }), 'ErrInvalidFieldType');
  const altitude = { ...location, altitude: 1.5 };
  assert.equal(reasonOf({ name: 'n', location: altitude }), 'ErrInvalidFieldType');
});
