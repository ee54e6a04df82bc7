import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import { parseRpcAddress } from '../../../src/sources/rpc/rpc-address.ts';

test('credentials move from the address into a header', () => {
  const address = parseRpcAddress('https://user:p%40ss@rpc.example.org:8899/v1');
  assert.equal(address.href, 'https://rpc.example.org:8899/v1');
  assert.equal(address.host, 'rpc.example.org:8899');
  const expected = Buffer.from('user:p@ss').toString('base64');
  assert.equal(address.authorization, `Basic ${expected}`);
});

test('keys in the path, in the query and in credentials are taken out of other people’s texts', () => {
  const address = parseRpcAddress(
    'https://me:short@rpc.example.org/v2/abcdef0123456789?api-key=k%2Fey-4567-8901',
  );
  assert.equal(
    address.redact('v2 abcdef0123456789 k/ey-4567-8901 k%2Fey-4567-8901 short'),
    'v2 *** *** *** ***',
  );
});

test('a text of others is cut and put on one line', () => {
  const { redact } = parseRpcAddress('http://127.0.0.1:1');
  assert.equal(redact('a\n\u001b[31mb\t c'), 'a [31mb c');
  assert.equal(redact('x'.repeat(1000)).length, 201);
});

test('what is no http address is refused without repeating it', () => {
  for (const text of ['', 'rpc.example.org', 'ftp://secret-token@host', 'http://']) {
    assert.throws(
      () => parseRpcAddress(text),
      (error) =>
        error instanceof OperatingError &&
        error.code === 'CONFIG' &&
        !error.message.includes('secret-token'),
      text,
    );
  }
});
