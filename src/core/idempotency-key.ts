import { hash } from 'node:crypto';

/**
 * Names one revision of one record for ever: SHA-256 of the four parts with NUL between them, in hex. A NUL cannot be
 * in any of the parts, so that no two revisions share a key. Source: the keys that Subcults' indexer stores.
 */
export function idempotencyKey(did: string, collection: string, rkey: string, rev: string): string {
  return hash('sha256', `${did}\0${collection}\0${rkey}\0${rev}`, 'hex');
}
