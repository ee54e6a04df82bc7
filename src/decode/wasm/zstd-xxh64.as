/** XXH64 with seed 0, the content checksum of Zstandard (RFC 8878, 3.1.1; xxHash specification 0.1.1). */

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;

@inline function round(acc: u64, lane: u64): u64 {
  return rotl<u64>(acc + lane * P2, 31) * P1;
}

@inline function merge(acc: u64, lane: u64): u64 {
  return (acc ^ round(0, lane)) * P1 + P4;
}

export function xxh64(start: usize, bytes: usize): u64 {
  const end = start + bytes;
  let at = start;
  let acc: u64 = P5;
  if (bytes >= 32) {
    let a = P1 + P2, b = P2, c: u64 = 0, d: u64 = 0 - P1;
    for (; at + 32 <= end; at += 32) {
      a = round(a, load<u64>(at));
      b = round(b, load<u64>(at, 8));
      c = round(c, load<u64>(at, 16));
      d = round(d, load<u64>(at, 24));
    }
    acc = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
    acc = merge(merge(merge(merge(acc, a), b), c), d);
  }
  acc += <u64>bytes;
  for (; at + 8 <= end; at += 8) acc = rotl<u64>(acc ^ round(0, load<u64>(at)), 27) * P1 + P4;
  if (at + 4 <= end) {
    acc = rotl<u64>(acc ^ (<u64>load<u32>(at) * P1), 23) * P2 + P3;
    at += 4;
  }
  for (; at < end; at++) acc = rotl<u64>(acc ^ (<u64>load<u8>(at) * P5), 11) * P1;
  acc = (acc ^ (acc >> 33)) * P2;
  acc = (acc ^ (acc >> 29)) * P3;
  return acc ^ (acc >> 32);
}
