/** Most numbers of a message are small; callers copy the bytes and never change them. */
const ONE_BYTE = Array.from({ length: 0x80 }, (_, value) => Buffer.of(value));

/**
 * Unsigned LEB128, seven bits a byte, lowest first: lengths in a CAR, protobuf's varint and Solana's
 * `short_vec` are the same bytes. Negative numbers are taken as 64 bits in two's complement, as
 * protobuf writes them.
 */
export function encodeVarint(value: bigint | number): Buffer {
  const known = value >= 0 && value < 0x80 ? ONE_BYTE[Number(value)] : undefined;
  if (known !== undefined) return known;
  const bytes: number[] = [];
  let rest = value;
  if (rest < 0 || rest > Number.MAX_SAFE_INTEGER) {
    let wide = BigInt.asUintN(64, BigInt(rest));
    for (; wide > Number.MAX_SAFE_INTEGER; wide >>= 7n) bytes.push(Number(wide & 0x7fn) | 0x80);
    rest = wide;
  }
  let small = Number(rest);
  for (; small >= 0x80; small = Math.floor(small / 0x80)) bytes.push((small % 0x80) | 0x80);
  bytes.push(small);
  return Buffer.from(bytes);
}
