import assert from 'node:assert/strict';
import test from 'node:test';
import { PublicKey } from '@solana/web3.js';
import fc from 'fast-check';
import {
  decodeBase58,
  decodePublicKey,
  decodeSignature,
  encodeBase58,
} from '../../src/core/base58.ts';

test('every byte string comes back from its text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      assert.deepEqual(decodeBase58(encodeBase58(bytes)), bytes);
    }),
  );
});

test('keys are written as web3.js writes them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      assert.equal(encodeBase58(bytes), new PublicKey(bytes).toBase58());
    }),
  );
});

test('leading zero bytes are leading ones', () => {
  assert.equal(encodeBase58(new Uint8Array(32)), '1'.repeat(32));
  assert.deepEqual(decodePublicKey('1'.repeat(32)), new Uint8Array(32));
});

test('text outside the alphabet or of another length is no key', () => {
  assert.equal(decodeBase58('0OIl'), undefined);
  assert.equal(decodeBase58('é'), undefined);
  assert.equal(decodePublicKey('1'.repeat(31)), undefined);
  assert.equal(decodePublicKey('z'.repeat(44)), undefined);
  assert.equal(decodeSignature('1'.repeat(32)), undefined);
});
