import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { idempotencyKey } from '../../src/core/idempotency-key.ts';

/** Goal: keys are those that the seed's code makes, not those its documents tell. */

interface KeyVector {
  readonly did: string;
  readonly collection: string;
  readonly rkey: string;
  readonly rev: string;
  readonly key_nul: string;
  readonly key_colon_README_variant: string;
}

const file = new URL('../fixtures/atproto/seed/geo_jitter_idempotency.json', import.meta.url);
const vectors: readonly KeyVector[] = JSON.parse(readFileSync(file, 'utf8')).idempotency;

test('a key is the SHA-256 of the four parts with NUL between them', () => {
  assert(vectors.length >= 7);
  for (const { did, collection, rkey, rev, ...keys } of vectors) {
    const key = idempotencyKey(did, collection, rkey, rev);
    assert.equal(key, keys.key_nul);
    assert.notEqual(key, keys.key_colon_README_variant);
  }
});
