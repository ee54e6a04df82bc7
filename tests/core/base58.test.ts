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

test('long texts are read as the arithmetic of big integers reads them', () => {
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  const digits = fc.array(fc.nat({ max: 57 }), { maxLength: 300 });
  fc.assert(
    fc.property(digits, (list) => {
      const text = list.map((digit) => alphabet.charAt(digit)).join('');
      let value = list.reduce((sum, digit) => sum * 58n + BigInt(digit), 0n);
      const bytes: number[] = [];
      for (; value > 0n; value >>= 8n) bytes.unshift(Number(value & 0xffn));
      const zeros = list.findIndex((digit) => digit !== 0);
      const ones = zeros < 0 ? list.length : zeros;
      assert.deepEqual(decodeBase58(text), Uint8Array.from([...Array(ones).fill(0), ...bytes]));
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
