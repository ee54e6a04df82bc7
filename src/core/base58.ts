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

/** Four digits are taken in per multiplication pass: 58 ** 4 * 2 ** 24 is still an exact number. */
const DIGITS_PER_PASS = 4;
const LIMB = 2 ** 24;
const LIMB_BYTES = 3;
/** A digit holds less than three quarters of a byte. */
const LIMBS_PER_DIGIT = 0.25;

/** Decodes text, or returns undefined when it holds a character outside the alphabet. */
export function decodeBase58(text: string): Uint8Array | undefined {
  const limbs = new Float64Array(Math.ceil(text.length * LIMBS_PER_DIGIT) + 1);
  let used = 0;
  for (let i = 0; i < text.length; ) {
    let carry = 0;
    let factor = 1;
    for (const stop = Math.min(text.length, i + DIGITS_PER_PASS); i < stop; i++) {
      const digit = DIGIT_OF_CODE[text.charCodeAt(i)] ?? -1;
      if (digit < 0) return undefined;
      carry = carry * 58 + digit;
      factor *= 58;
    }
    for (let k = 0; k < used; k++) {
      const value = (limbs[k] ?? 0) * factor + carry;
      carry = Math.floor(value / LIMB);
      limbs[k] = value - carry * LIMB;
    }
    if (carry > 0) limbs[used++] = carry;
  }
  let zeros = 0;
  while (zeros < text.length && text.charCodeAt(zeros) === 49) zeros++;
  return bytesOfLimbs(limbs.subarray(0, used), zeros);
}

/** Limbs of 24 bits, lowest first and the highest not 0, as big-endian bytes behind so many zeros. */
function bytesOfLimbs(limbs: Float64Array, zeros: number): Uint8Array {
  const top = limbs.at(-1) ?? 0;
  const topBytes = top === 0 ? 0 : top < 0x100 ? 1 : top < 0x1_0000 ? 2 : LIMB_BYTES;
  const rest = Math.max(0, limbs.length - 1) * LIMB_BYTES;
  const bytes = new Uint8Array(zeros + topBytes + rest);
  let at = bytes.length;
  for (const limb of limbs) {
    for (let left = limb, k = 0; k < LIMB_BYTES && at > zeros; k++) {
      bytes[--at] = left & 0xff;
      left >>= 8;
    }
  }
  return bytes;
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
