import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type StringFormat, stringFormats } from '../../../src/protocols/records/string-formats.ts';

/** Goal: strings of each format of a lexicon are told apart exactly as the interoperability vectors want it. */

const folder = new URL('../../fixtures/atproto/syntax/', import.meta.url);

/** How the vectors' files begin. */
const FILES: Readonly<Record<StringFormat, string>> = {
  ...{ 'at-identifier': 'atidentifier', 'at-uri': 'aturi', cid: 'cid', datetime: 'datetime' },
  ...{ did: 'did', handle: 'handle', language: 'language', nsid: 'nsid' },
  ...{ 'record-key': 'recordkey', tid: 'tid', uri: 'uri' },
};
const formats = Object.entries(FILES) as [StringFormat, string][];

function linesOf(name: string): readonly string[] {
  const file = new URL(`${name}.txt`, folder);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('# ') && line !== '#');
}

for (const [format, file] of formats) {
  test(`every vector of ${format} is taken or refused as it should be`, () => {
    const isValid = stringFormats[format];
    const valid = linesOf(`${file}_syntax_valid`);
    const invalid = [...linesOf(`${file}_syntax_invalid`), ...linesOf(`${file}_parse_invalid`)];
    assert(valid.length > 3 && invalid.length > 5);
    const refused = valid.filter((text) => !isValid(text));
    assert.deepEqual(refused, []);
    assert.deepEqual(invalid.filter(isValid), []);
    assert.equal(isValid(''), false);
  });
}

test('no file of vectors is left out', () => {
  const read = formats.flatMap(([, file]) =>
    ['syntax_valid', 'syntax_invalid', 'parse_invalid'].map((kind) => `${file}_${kind}.txt`),
  );
  const left = readdirSync(folder).filter((name) => name.endsWith('.txt') && !read.includes(name));
  assert.deepEqual(left, []);
});

test('what is longer than any format allows is refused without being read through', () => {
  const long = 'a'.repeat(1 << 20);
  const texts = [`at://did:plc:${long}`, `https://${long}`, `de-${'1990-'.repeat(200_000)}x`, long];
  for (const [format] of formats) {
    for (const text of texts) assert.equal(stringFormats[format](text), false, format);
  }
});
