/**
 * CRC-64/GO-ISO: reflected polynomial 0xD800000000000000, all ones before and after.
 * The archive's creator computes it with Go's hash/crc64 ISO table over a payload that it splits.
 */
const TABLE_LOW = new Uint32Array(256);
const TABLE_HIGH = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let low = byte;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1;
    low = ((low >>> 1) | (high << 31)) >>> 0;
    high = (high >>> 1) ^ (carry === 1 ? 0xd800_0000 : 0);
  }
  TABLE_LOW[byte] = low;
  TABLE_HIGH[byte] = high;
}

export function crc64(bytes: Uint8Array): bigint {
  let low = 0xffff_ffff;
  let high = 0xffff_ffff;
  for (let at = 0; at < bytes.length; at++) {
    const row = (low ^ bytes[at]!) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ TABLE_LOW[row]!;
    high = (high >>> 8) ^ TABLE_HIGH[row]!;
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0);
}
