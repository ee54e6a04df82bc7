/**
 * FNV-1a with 64 bits (offset basis 0xcbf29ce484222325, prime 2 ** 40 + 0x1b3; draft-eastlake-fnv).
 * The oldest archives use it as the checksum of split payloads.
 */
export function fnv1a64(bytes: Uint8Array): bigint {
  let low = 0x8422_2325;
  let high = 0xcbf2_9ce4;
  for (let at = 0; at < bytes.length; at++) {
    low = (low ^ bytes[at]!) >>> 0;
    const product = low * 0x1b3;
    high = (high * 0x1b3 + Math.floor(product / 0x1_0000_0000) + ((low << 8) >>> 0)) >>> 0;
    low = product >>> 0;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}
