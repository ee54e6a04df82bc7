import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isValidAtUri } from '@atproto/syntax';
import fc from 'fast-check';
import { isAtUri } from '../../../src/protocols/records/at-uri.ts';

/** Goal: AT-URIs are told as AT Protocol's own library tells them, also where no expression is asked. */

function linesOf(name: string): readonly string[] {
  const file = new URL(`../../fixtures/atproto/syntax/${name}.txt`, import.meta.url);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

test('every AT-URI of the interoperability vectors passes or fails as with the library', () => {
  const valid = linesOf('aturi_syntax_valid');
  const invalid = linesOf('aturi_syntax_invalid');
  assert(valid.length > 10 && invalid.length > 20);
  assert.deepEqual(
    valid.filter((text) => !isAtUri(text)),
    [],
  );
  for (const text of invalid) assert.equal(isAtUri(text), isValidAtUri(text), text);
});

test('a text that is nearly the address of a record passes or fails as with the library', () => {
  const part = (...texts: string[]) => fc.constantFrom(...texts);
  const nearly = fc
    .tuple(
      part('at://', 'at:/', 'AT://', ''),
      part('did:plc:ewvi7nxzyoun6zhxrhs64oiz', 'did:web:', 'did:A:b', 'a.example', '', 'did:a:%'),
      part('/', '', '//'),
      part('app.bsky.feed.post', 'app.bsky', 'app.bsky.feed.po-st', '', 'é.b.c'),
      part('/', '', '#'),
      part('3mpsjbtci2c2o', '.', '..', '', 'a b', 'x/y', 'x?q', 'x#f', 'a'.repeat(513)),
      part('', '/', '\n'),
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(nearly, (text) => assert.equal(isAtUri(text), isValidAtUri(text), text)),
    { numRuns: 2000 },
  );
});
