const WORD = 2 ** 32;
/** Upper halves below this keep the whole number within 2^53, where a double is exact. */
const EXACT_HIGH = 2 ** 21;

/** A little-endian u64 of bytes that may be no Buffer. Bytes that are missing count as zero. */
export function readU64(bytes: Uint8Array, at: number): bigint {
  const low = readU32(bytes, at);
  const high = readU32(bytes, at + 4);
  return high < EXACT_HIGH ? BigInt(high * WORD + low) : (BigInt(high) << 32n) | BigInt(low);
}

function readU32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}
