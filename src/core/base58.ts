/**
 * Bitcoin's base58 alphabet, as Solana writes keys (32 bytes) and signatures (64 bytes).
 * Works on 32-bit limbs: an order of magnitude faster than digit-by-digit libraries, which matters
 * when a job prints millions of keys.
 */
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const DIGIT_OF_CODE = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 58; digit++) DIGIT_OF_CODE[ALPHABET.charCodeAt(digit)] = digit;

/** Three digits are taken out per division pass: 58 ** 3 * 2 ** 32 is still an exact number. */
const THREE_DIGITS = 58 ** 3;
const CODES = Buffer.from(ALPHABET);
const CODE_OF_ZERO = CODES[0];

/** Used again by every call; as long as a signature needs, and longer once something longer was encoded. */
let limbs = new Float64Array(16);
let text = Buffer.alloc(96);

/** Encodes bytes; leading zero bytes become leading `1`. */
export function encodeBase58(bytes: Uint8Array): string {
  const count = readLimbs(bytes);
  let at = text.length;
  let first = 0;
  while (first < count) {
    let remainder = 0;
    for (let i = first; i < count; i++) {
      const value = remainder * 0x1_0000_0000 + (limbs[i] ?? 0);
      const quotient = Math.floor(value / THREE_DIGITS);
      limbs[i] = quotient;
      remainder = value - quotient * THREE_DIGITS;
    }
    while (first < count && limbs[first] === 0) first++;
    const upper = (remainder / 58) | 0;
    const highest = (upper / 58) | 0;
    text[--at] = CODES[remainder - upper * 58] ?? 0;
    text[--at] = CODES[upper - highest * 58] ?? 0;
    text[--at] = CODES[highest] ?? 0;
  }
  while (at < text.length && text[at] === CODE_OF_ZERO) at++;
  for (let i = 0; i < bytes.length && bytes[i] === 0; i++) text[--at] = CODE_OF_ZERO ?? 0;
  return text.toString('latin1', at, text.length);
}

/** Fills `limbs` with the big-endian 32-bit words of the bytes, and makes room for their text. @returns their number. */
function readLimbs(bytes: Uint8Array): number {
  const count = Math.ceil(bytes.length / 4);
  if (count > limbs.length) {
    limbs = new Float64Array(count);
    // Three digits are more than 17 bits; a leading zero byte is a digit of its own.
    text = Buffer.alloc(count * 6 + bytes.length);
  }
  let at = bytes.length;
  for (let i = count - 1; i >= 0; i--) {
    const [low, second, third, high] = [--at, --at, --at, --at];
    limbs[i] =
      ((bytes[low] ?? 0) |
        ((bytes[second] ?? 0) << 8) |
        ((bytes[third] ?? 0) << 16) |
        ((bytes[high] ?? 0) << 24)) >>>
      0;
  }
  return count;
}

/** Decodes text, or returns undefined when it holds a character outside the alphabet. */
export function decodeBase58(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    let carry = DIGIT_OF_CODE[text.charCodeAt(i)] ?? -1;
    if (carry < 0) return undefined;
    for (let k = 0; k < length; k++) {
      carry += (bytes[k] ?? 0) * 58;
      bytes[k] = carry & 0xff;
      carry >>= 8;
    }
    while (carry > 0) {
      bytes[length++] = carry & 0xff;
      carry >>= 8;
    }
  }
  let zeros = 0;
  while (zeros < text.length && text.charCodeAt(zeros) === 49) zeros++;
  const out = new Uint8Array(zeros + length);
  for (let k = 0; k < length; k++) out[zeros + k] = bytes[length - 1 - k] ?? 0;
  return out;
}

/** The 32 bytes of a public key, or undefined when the text is not one. */
export function decodePublicKey(text: string): Uint8Array | undefined {
  if (text.length < 32 || text.length > 44) return undefined;
  const bytes = decodeBase58(text);
  return bytes?.length === 32 ? bytes : undefined;
}

/** The 64 bytes of a signature, or undefined when the text is not one. */
export function decodeSignature(text: string): Uint8Array | undefined {
  if (text.length < 64 || text.length > 88) return undefined;
  const bytes = decodeBase58(text);
  return bytes?.length === 64 ? bytes : undefined;
}
