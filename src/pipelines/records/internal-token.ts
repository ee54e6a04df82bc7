import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Compares what a client sent with the token, in a time that says nothing about either: digests have one length.
 * Node reads header bytes as Latin-1, so they are turned back into bytes first.
 */
export function createTokenCheck(token: string): (header: unknown) => boolean {
  const expected = digest(Buffer.from(token, 'utf8'));
  return (header) => {
    const sent = typeof header === 'string' ? header : '';
    return timingSafeEqual(digest(Buffer.from(sent, 'latin1')), expected);
  };
}

function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
