import { createHash } from 'node:crypto';
import type { UpsertChange } from '../../model/record-change.ts';

/**
 * SHA-256, in hex, of what a change says, so that the same one is known again; by when and over which server it came
 * is left out.
 */
export function changeDigest({ key, rev, cid, lexiconRevision, record }: UpsertChange): string {
  const facts = [key.did, key.collection, key.rkey, rev, cid, lexiconRevision, record];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
