import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { idempotencyKey } from '../../src/core/idempotency-key.ts';

/** Goal: keys are those that the seed's databases hold already. */

interface Vector {
  readonly did: string;
  readonly collection: string;
  readonly rkey: string;
  readonly rev: string;
  readonly key_nul: string;
}

test('keys equal the recorded ones', () => {
  const path = new URL('../fixtures/atproto/seed/geo_jitter_idempotency.json', import.meta.url);
  const { idempotency } = JSON.parse(readFileSync(path, 'utf8')) as { idempotency: Vector[] };
  assert(idempotency.length > 0);
  for (const { did, collection, rkey, rev, key_nul: expected } of idempotency) {
    assert.equal(idempotencyKey(did, collection, rkey, rev), expected);
  }
});
