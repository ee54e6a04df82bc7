/**
 * XXH64 with seed 0. Source: Cyan4973/xxHash, doc/xxhash_spec.md.
 * Every product and sum stands directly inside `asUintN(64, …)`, which lets V8 use machine integers
 * instead of allocating big ones.
 */
const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

function rotate(value: bigint, by: bigint): bigint {
  return u64(value << by) | (value >> (64n - by));
}

function round(lane: bigint, input: bigint): bigint {
  return u64(rotate(u64(lane + u64(input * P2)), 31n) * P1);
}

function mergeRound(hash: bigint, lane: bigint): bigint {
  return u64(u64((hash ^ round(0n, lane)) * P1) + P4);
}

function stripes(view: DataView, end: number): bigint {
  let a = u64(P1 + P2);
  let b = P2;
  let c = 0n;
  let d = u64(0n - P1);
  for (let at = 0; at + 32 <= end; at += 32) {
    a = round(a, view.getBigUint64(at, true));
    b = round(b, view.getBigUint64(at + 8, true));
    c = round(c, view.getBigUint64(at + 16, true));
    d = round(d, view.getBigUint64(at + 24, true));
  }
  const sum = u64(u64(rotate(a, 1n) + rotate(b, 7n)) + u64(rotate(c, 12n) + rotate(d, 18n)));
  return mergeRound(mergeRound(mergeRound(mergeRound(sum, a), b), c), d);
}

/** Hash of the whole view. */
export function xxh64(view: DataView): bigint {
  const length = view.byteLength;
  let hash = u64((length >= 32 ? stripes(view, length) : P5) + BigInt(length));
  let at = length - (length % 32);
  for (; at + 8 <= length; at += 8) {
    const lane = round(0n, view.getBigUint64(at, true));
    hash = u64(u64(rotate(hash ^ lane, 27n) * P1) + P4);
  }
  if (at + 4 <= length) {
    hash ^= u64(BigInt(view.getUint32(at, true)) * P1);
    hash = u64(u64(rotate(hash, 23n) * P2) + P3);
    at += 4;
  }
  for (; at < length; at++) {
    hash = u64(rotate(hash ^ u64(BigInt(view.getUint8(at)) * P5), 11n) * P1);
  }
  hash = u64((hash ^ (hash >> 33n)) * P2);
  hash = u64((hash ^ (hash >> 29n)) * P3);
  return hash ^ (hash >> 32n);
}
