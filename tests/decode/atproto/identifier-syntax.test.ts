import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import {
  isDid,
  isNsid,
  isRecordCidText,
  isRecordKey,
  isTid,
} from '../../../src/decode/atproto/identifier-syntax.ts';

/** Goal: identifiers pass or fail exactly as the interop vectors of AT Protocol say. */

const folder = new URL('../../fixtures/atproto/syntax/', import.meta.url);
const checks = { did: isDid, nsid: isNsid, recordkey: isRecordKey, tid: isTid };

function vectors(file: string): string[] {
  const lines = readFileSync(new URL(file, folder), 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('# ') && line !== '#');
}

for (const [name, check] of Object.entries(checks)) {
  test(`every vector of ${name} passes or fails as it should`, () => {
    const valid = vectors(`${name}_syntax_valid.txt`);
    const invalid = vectors(`${name}_syntax_invalid.txt`);
    assert(valid.length > 3 && invalid.length > 5);
    assert.deepEqual(
      valid.filter((text) => !check(text)),
      [],
    );
    assert.deepEqual(invalid.filter(check), []);
    assert(!check(''));
  });
}

test('the text of a CID needs its prefix, its length and zero bits at its end', () => {
  const cid = 'bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua';
  assert(isRecordCidText(cid));
  assert(isRecordCidText('bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity'));
  for (const wrong of ['', cid.slice(1), `${cid}a`, `${cid.slice(0, -1)}b`, cid.toUpperCase()]) {
    assert(!isRecordCidText(wrong), wrong);
  }
  assert(!isRecordCidText(`bafyreiz${cid.slice(8)}`));
});
