import assert from 'node:assert/strict';
import test from 'node:test';
import { apiAddressOf } from '../../src/config/api-address.ts';

test('the API is reached where it listens, and over loopback where it listens everywhere', () => {
  for (const [apiHost, address] of [
    ['127.0.0.1', 'http://127.0.0.1:80'],
    ['localhost', 'http://localhost:80'],
    ['0.0.0.0', 'http://127.0.0.1:80'],
    ['::', 'http://[::1]:80'],
    ['::1', 'http://[::1]:80'],
    ['[::1]', 'http://[::1]:80'],
  ] as const) {
    assert.equal(apiAddressOf({ apiHost, apiPort: 80 }), address);
  }
});
