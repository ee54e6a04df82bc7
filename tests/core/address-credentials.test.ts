import assert from 'node:assert/strict';
import test from 'node:test';
import { splitCredentials } from '../../src/core/address-credentials.ts';

test('user and password become a header, percent signs undone, and the rest stays as it was', () => {
  assert.deepEqual(splitCredentials('http://bob:p%40ss@h:1/x?y=1'), {
    href: 'http://h:1/x?y=1',
    authorization: `Basic ${Buffer.from('bob:p@ss').toString('base64')}`,
  });
  assert.deepEqual(splitCredentials('http://bob@h/'), {
    href: 'http://h/',
    authorization: `Basic ${Buffer.from('bob:').toString('base64')}`,
  });
});

test('an address without them is given back unchanged', () => {
  assert.deepEqual(splitCredentials('HTTP://h'), { href: 'HTTP://h', authorization: null });
});
