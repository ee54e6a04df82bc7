import { hash } from 'node:crypto';

/**
 * Names one revision of one record for ever: SHA-256 of its four parts with a NUL between each, in hex.
 * NUL cannot occur in any of them, so no two revisions share a key.
 * Source: subculture-collective/subcults, internal/indexer/repository.go, as its code does it; its documents name
 * other separators.
 */
export function idempotencyKey(did: string, collection: string, rkey: string, rev: string): string {
  return hash('sha256', `${did}\0${collection}\0${rkey}\0${rev}`);
}
