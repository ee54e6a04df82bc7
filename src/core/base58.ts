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

/** Encodes bytes; leading zero bytes become leading `1`. */
export function encodeBase58(bytes: Uint8Array): string {
  let zeros = 0;
  while (zeros < bytes.length && bytes[zeros] === 0) zeros++;
  const limbs = bigEndianWords(bytes);
  let text = '';
  let first = 0;
  while (first < limbs.length) {
    let remainder = 0;
    for (let i = first; i < limbs.length; i++) {
      const value = remainder * 0x1_0000_0000 + (limbs[i] ?? 0);
      const quotient = Math.floor(value / THREE_DIGITS);
      limbs[i] = quotient;
      remainder = value - quotient * THREE_DIGITS;
    }
    while (first < limbs.length && limbs[first] === 0) first++;
    for (let digit = 0; digit < 3; digit++) {
      text = ALPHABET.charAt(remainder % 58) + text;
      remainder = Math.floor(remainder / 58);
    }
  }
  let start = 0;
  while (start < text.length && text.charCodeAt(start) === 49) start++;
  return '1'.repeat(zeros) + text.slice(start);
}

function bigEndianWords(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array(Math.ceil(bytes.length / 4));
  const lead = words.length * 4 - bytes.length;
  for (let i = 0; i < bytes.length; i++) {
    const at = (i + lead) >> 2;
    words[at] = ((words[at] ?? 0) << 8) | (bytes[i] ?? 0);
  }
  return words;
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
