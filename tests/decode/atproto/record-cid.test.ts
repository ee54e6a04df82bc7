import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import {
  cidTextOf,
  digestMatches,
  isRecordCid,
  recordCidText,
} from '../../../src/decode/atproto/record-cid.ts';
import { encodeCidText } from '../../../src/decode/cid.ts';

/** Goal: the CIDs of AT Protocol are recognised, written and checked exactly. */

test('the text of a CID is what the general encoder writes, from any offset', () => {
  for (let i = 0; i < 200; i++) {
    const cid = Buffer.concat([Buffer.of(1, i % 2 ? 0x71 : 0x55, 0x12, 32), randomBytes(32)]);
    assert.equal(recordCidText(cid, 0), encodeCidText(cid));
    assert.equal(recordCidText(Buffer.concat([Buffer.alloc(5), cid]), 5), encodeCidText(cid));
  }
});

test('only version 1, raw or DAG-CBOR, sha2-256 and 32 bytes are such a CID', () => {
  assert(isRecordCid(Buffer.from('01711220', 'hex'), 0));
  assert(isRecordCid(Buffer.from('01551220', 'hex'), 0));
  for (const hex of ['02711220', '01701220', '01711120', '0171121f', '0171', '']) {
    assert(!isRecordCid(Buffer.from(hex, 'hex'), 0), hex);
  }
});

test('a digest that differs in one bit does not match', () => {
  const block = Buffer.from('a0', 'hex');
  assert.equal(cidTextOf(block), 'bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua');
  const cid = Buffer.from(
    '01711220c19a797fa1fd590cd2e5b42d1cf5f246e29b91684e2f87404b81dc345c7a56a0',
    'hex',
  );
  const bytes = Buffer.concat([cid, block]);
  assert(digestMatches(bytes, 0, 36, 37));
  bytes[35]! ^= 1;
  assert(!digestMatches(bytes, 0, 36, 37));
});
