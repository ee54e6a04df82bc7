import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { decodeCid, decodeCidText, encodeCidText, identityContent } from '../../src/decode/cid.ts';
import { cidOf, nodeVectors } from '../support/car-bytes.ts';

/** Goal: content identifiers are split, written and read back exactly. */

const expected = JSON.parse(
  readFileSync(new URL('../fixtures/ledger/nodes/expected.json', import.meta.url), 'utf8'),
) as Record<string, { cid: string }>;

test('the text of every node vector’s CID is what the upstream tools print', () => {
  for (const [name, node] of nodeVectors()) {
    const cid = cidOf(node);
    assert.equal(encodeCidText(cid), expected[name]?.cid);
    assert.deepEqual(decodeCidText(encodeCidText(cid)), new Uint8Array(cid));
  }
});

test('a node CID is split into codec, hash and a view of the digest', () => {
  const cid = cidOf(Buffer.from('x'));
  const { codec, hash, digest, end } = decodeCid(cid, 0, cid.length);
  assert.deepEqual({ codec, hash, end }, { codec: 0x71, hash: 0x12, end: 36 });
  assert.equal(digest.length, 32);
});

test('an identity CID gives its content, another one none', () => {
  assert.deepEqual(decodeCidText('bafkqaaa'), Uint8Array.of(1, 0x55, 0, 0));
  assert.deepEqual(identityContent(Buffer.of(1, 0x55, 0, 2, 9, 8)), Buffer.of(9, 8));
  assert.equal(identityContent(cidOf(Buffer.from('x'))), undefined);
});

test('broken CIDs are malformed and broken texts undefined', () => {
  for (const hex of ['', '01', '0171122', '02711220', '01711220aa', '0171124100', '0171ff']) {
    const bytes = Buffer.from(hex, 'hex');
    assert.throws(() => decodeCid(bytes, 0, bytes.length), { code: 'RECORD_MALFORMED' });
  }
  const text = encodeCidText(cidOf(Buffer.from('x')));
  for (const wrong of ['', 'b', text.slice(1), text.slice(0, -1), `${text}a`, text.toUpperCase()]) {
    assert.equal(decodeCidText(wrong), undefined);
  }
});
