/** Longest text that is remembered; keys of records are shorter. */
export const INTERNED_BYTES_MAX = 32;

const SLOTS = 2048;
const texts: string[] = new Array<string>(SLOTS).fill('');

/**
 * The text of `bytes` from `start` to `end`, at most `INTERNED_BYTES_MAX` of them, without making a string where the
 * same one was asked for lately: keys of records are few and come again in every record.
 * @returns undefined when the bytes are not ASCII.
 */
export function internAscii(bytes: Buffer, start: number, end: number): string | undefined {
  let mix = end - start;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= 0x80) return undefined;
    mix = Math.imul(mix ^ byte, 0x0100_0193);
  }
  const slot = (mix ^ (mix >>> 15)) & (SLOTS - 1);
  const known = texts[slot]!;
  if (holds(known, bytes, start, end)) return known;
  const text = bytes.toString('latin1', start, end);
  texts[slot] = text;
  return text;
}

function holds(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false;
  }
  return true;
}
