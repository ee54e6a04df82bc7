import assert from 'node:assert/strict';
import test from 'node:test';
import { maskAddresses, maskSecrets } from '../../src/ops/mask-secrets.ts';

test('whatever is secret in an address is taken out, and what tells addresses apart stays', () => {
  for (const [text, masked] of [
    ['http://bob:pass@db:8123/x', 'http://bob:***@db:8123/x'],
    ['http://:pass@db', 'http://:***@db'],
    ['nats://s3cr3t-token-of-nats@host:4222', 'nats://***@host:4222'],
    ['postgres://bob@db/x', 'postgres://bob@db/x'],
    ['https://rpc/?api-key=abc&x=1', 'https://rpc/?api-key=***&x=1'],
    ['https://rpc/?x=1&apikey=abc', 'https://rpc/?x=1&apikey=***'],
    ['https://rpc/?access_token=abc#y', 'https://rpc/?access_token=***#y'],
    ['{"a":"http://u:p@h","b":"x@y"}', '{"a":"http://u:***@h","b":"x@y"}'],
    ['http://h:80/a then bob@h', 'http://h:80/a then bob@h'],
    ['a basic understanding of bearer instruments', 'a basic understanding of bearer instruments'],
  ] as const) {
    assert.equal(maskAddresses(text), masked);
  }
});

test('credentials of a header are taken out too', () => {
  assert.equal(maskSecrets('Authorization: Bearer abc.def-123'), 'Authorization: Bearer ***');
  assert.equal(maskSecrets('basic dXNlcjpwYXNz'), 'basic ***');
});

test('a very long word costs no more than its length', () => {
  const word = 'a'.repeat(5_000_000);
  assert.equal(maskSecrets(word), word);
});
