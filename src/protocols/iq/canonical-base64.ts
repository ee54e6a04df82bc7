import { Buffer } from 'node:buffer';

/**
 * Decodes text that is canonical base64 from end to end: standard alphabet, length a multiple of
 * four, right padding, unused bits zero. Anything else, and the empty text, is undefined.
 * Encoding the result again and comparing checks all of it at native speed.
 */
export function decodeCanonicalBase64(text: Uint8Array): Buffer | undefined {
  if (text.length === 0 || text.length % 4 !== 0) return undefined;
  const letters = Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1');
  const decoded = Buffer.from(letters, 'base64');
  return decoded.toString('base64') === letters ? decoded : undefined;
}
