import { createHash } from 'node:crypto';

/**
 * Tells apart the uploads of one session account: another session id is another upload, and what a
 * foreign program says about the account is never mixed with what its own program says.
 */
export function uploadKeyOf(program: string, sessionId: string | null): string {
  return `${program}:${sessionId ?? ''}`;
}

export interface DeliveryIdentity {
  readonly session: string;
  /** See `uploadKeyOf`. */
  readonly upload: string;
  readonly finalizeSignature: string | null;
  /** The rule by which the bytes were joined. */
  readonly decode: string;
}

/**
 * The idempotency key of a delivery: a digest of what the chain says, so that the same upload read
 * by another job, on another day or from another source has the same key, and one that grew has not.
 * @param chunkDigests SHA-256 of the chosen payloads in their order, as hex.
 */
export function deliveryKeyOf(identity: DeliveryIdentity, chunkDigests: Iterable<string>): string {
  const { session, upload, finalizeSignature, decode } = identity;
  const digest = createHash('sha256');
  digest.update(JSON.stringify([session, upload, finalizeSignature, decode]));
  for (const chunk of chunkDigests) digest.update(`\n${chunk}`);
  return digest.digest('hex');
}
