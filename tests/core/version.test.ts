import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { USER_AGENT, VERSION } from '../../src/core/version.ts';

test('the version is the one in package.json, and servers are told it', () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  assert.equal(VERSION, (JSON.parse(text) as { version: string }).version);
  assert.equal(USER_AGENT, `millrace/${VERSION}`);
});
