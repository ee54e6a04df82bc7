/**
 * SHA-256 (FIPS 180-4) of many messages at once: four messages stand side by side in the four
 * 32-bit lanes of a vector, and a lane that has finished its message takes the next one at once.
 *
 * Memory, in bytes from 0: round constants, message schedule, lane states, one padding buffer a
 * lane, the section tables, then the window, which is the last thing so that it can grow.
 */

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes, FIPS 180-4, 4.2.2.
const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
], 16);

// The first 32 bits of the fractional parts of the square roots of the first 8 primes, FIPS 180-4, 5.3.3.
const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
], 16);

/** The round constants, each repeated in all four lanes; filled by `prepare`. */
const KX: usize = memory.data(1024, 16);
/** The message schedule: 64 vectors. */
const W: usize = memory.data(1024, 16);
/** Hash state: 8 vectors, lane j belongs to the message in lane j. */
const STATE: usize = memory.data(128, 16);
/** Two padding blocks a lane. */
const PAD: usize = memory.data(512, 16);
/** One lane's record: block pointer, whole blocks left, padding blocks left, padding pointer, section. */
const LANE: usize = memory.data(128, 16);
const LANE_BYTES: usize = 32;
const IDLE: i32 = -1;

/** Sections that one call takes. */
const TABLE_ROWS: i32 = 1024;
const TABLE: usize = memory.data(12288, 16);

export function tableAddress(): usize { return TABLE; }
export function tableRows(): i32 { return TABLE_ROWS; }
export function windowAddress(): usize { return (__heap_base + 63) & ~63; }

export function prepare(): void {
  for (let i: usize = 0; i < 64; i++) {
    v128.store(KX + (i << 4), v128.load32_splat(K + (i << 2)));
  }
}

@inline function rotr(x: v128, n: i32): v128 {
  return v128.or(i32x4.shr_u(x, n), i32x4.shl(x, 32 - n));
}

@inline function add(a: v128, b: v128): v128 { return i32x4.add(a, b); }

/** Rotations by 2, 13 and 22, taken out one after another to save a vector each. */
@inline function bigSigma0(x: v128): v128 {
  return v128.xor(v128.xor(rotr(x, 2), rotr(x, 13)), rotr(x, 22));
}

@inline function bigSigma1(x: v128): v128 {
  return v128.xor(v128.xor(rotr(x, 6), rotr(x, 11)), rotr(x, 25));
}

@inline function smallSigma0(x: v128): v128 {
  return v128.xor(v128.xor(rotr(x, 7), rotr(x, 18)), i32x4.shr_u(x, 3));
}

@inline function smallSigma1(x: v128): v128 {
  return v128.xor(v128.xor(rotr(x, 17), rotr(x, 19)), i32x4.shr_u(x, 10));
}

/** Where e is set f, else g: three operations, where a bit select needs four on x86. */
@inline function choose(e: v128, f: v128, g: v128): v128 {
  return v128.xor(v128.and(v128.xor(f, g), e), g);
}

@inline function majority(a: v128, b: v128, c: v128): v128 {
  return v128.or(v128.and(a, b), v128.and(c, v128.or(a, b)));
}

@inline function first(h: v128, e: v128, f: v128, g: v128, at: usize): v128 {
  return add(add(add(h, bigSigma1(e)), choose(e, f, g)), add(v128.load(W + at), v128.load(KX + at)));
}

@inline function second(t: v128, a: v128, b: v128, c: v128): v128 {
  return add(add(t, bigSigma0(a)), majority(a, b, c));
}

/** Loads 16 bytes and turns each big-endian word into a lane's number. */
@inline function words(at: usize): v128 {
  const bytes = v128.load(at);
  return v128.shuffle<u8>(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Four words of each of four blocks become four vectors of one word position each. */
@inline function transpose(p0: usize, p1: usize, p2: usize, p3: usize, at: usize): void {
  const a = words(p0 + at), b = words(p1 + at), c = words(p2 + at), d = words(p3 + at);
  const ab0 = v128.shuffle<u32>(a, b, 0, 4, 1, 5), ab1 = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<u32>(c, d, 0, 4, 1, 5), cd1 = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  const to = W + (at << 2);
  v128.store(to, v128.shuffle<u64>(ab0, cd0, 0, 2));
  v128.store(to, v128.shuffle<u64>(ab0, cd0, 1, 3), 16);
  v128.store(to, v128.shuffle<u64>(ab1, cd1, 0, 2), 32);
  v128.store(to, v128.shuffle<u64>(ab1, cd1, 1, 3), 48);
}

/** One block of each lane. */
function compress(p0: usize, p1: usize, p2: usize, p3: usize): void {
  transpose(p0, p1, p2, p3, 0);
  transpose(p0, p1, p2, p3, 16);
  transpose(p0, p1, p2, p3, 32);
  transpose(p0, p1, p2, p3, 48);
  for (let at = W; at < W + 768; at += 32) {
    v128.store(at, add(add(v128.load(at), smallSigma0(v128.load(at, 16))),
      add(v128.load(at, 144), smallSigma1(v128.load(at, 224)))), 256);
    v128.store(at, add(add(v128.load(at, 16), smallSigma0(v128.load(at, 32))),
      add(v128.load(at, 160), smallSigma1(v128.load(at, 240)))), 272);
  }
  let a = v128.load(STATE), b = v128.load(STATE, 16), c = v128.load(STATE, 32), d = v128.load(STATE, 48);
  let e = v128.load(STATE, 64), f = v128.load(STATE, 80), g = v128.load(STATE, 96), h = v128.load(STATE, 112);
  for (let at: usize = 0; at < 1024; at += 128) {
    h = first(h, e, f, g, at); d = add(d, h); h = second(h, a, b, c);
    g = first(g, d, e, f, at + 16); c = add(c, g); g = second(g, h, a, b);
    f = first(f, c, d, e, at + 32); b = add(b, f); f = second(f, g, h, a);
    e = first(e, b, c, d, at + 48); a = add(a, e); e = second(e, f, g, h);
    d = first(d, a, b, c, at + 64); h = add(h, d); d = second(d, e, f, g);
    c = first(c, h, a, b, at + 80); g = add(g, c); c = second(c, d, e, f);
    b = first(b, g, h, a, at + 96); f = add(f, b); b = second(b, c, d, e);
    a = first(a, f, g, h, at + 112); e = add(e, a); a = second(a, b, c, d);
  }
  v128.store(STATE, add(a, v128.load(STATE)));
  v128.store(STATE, add(b, v128.load(STATE, 16)), 16);
  v128.store(STATE, add(c, v128.load(STATE, 32)), 32);
  v128.store(STATE, add(d, v128.load(STATE, 48)), 48);
  v128.store(STATE, add(e, v128.load(STATE, 64)), 64);
  v128.store(STATE, add(f, v128.load(STATE, 80)), 80);
  v128.store(STATE, add(g, v128.load(STATE, 96)), 96);
  v128.store(STATE, add(h, v128.load(STATE, 112)), 112);
}

/** Puts section `index` into a lane: its initial state, its whole blocks, its one or two padding blocks. */
function begin(lane: usize, index: i32): void {
  const row = TABLE + (<usize>index << 2);
  const start = windowAddress() + <usize>load<u32>(row);
  const bytes = load<u32>(row + 4096) - load<u32>(row);
  const whole = bytes >>> 6;
  const rest = bytes & 63;
  const pad = PAD + (lane << 7);
  memory.copy(pad, start + (<usize>whole << 6), rest);
  store<u8>(pad + rest, 0x80);
  const padBlocks: u32 = rest > 55 ? 2 : 1;
  const padEnd = pad + (<usize>padBlocks << 6);
  memory.fill(pad + rest + 1, 0, padEnd - 8 - (pad + rest + 1));
  store<u64>(padEnd - 8, bswap<u64>(<u64>bytes << 3));
  const record = LANE + lane * LANE_BYTES;
  store<usize>(record, start);
  store<u32>(record + 4, whole);
  store<u32>(record + 8, padBlocks);
  store<usize>(record + 12, pad);
  store<i32>(record + 16, index);
  for (let i: usize = 0; i < 8; i++) {
    store<u32>(STATE + (i << 4) + (lane << 2), load<u32>(INITIAL + (i << 2)));
  }
}

/** The next block of a lane, and one step further. */
@inline function nextBlock(record: usize): usize {
  const whole = load<u32>(record + 4);
  if (whole > 0) {
    const at = load<usize>(record);
    store<usize>(record, at + 64);
    store<u32>(record + 4, whole - 1);
    return at;
  }
  const at = load<usize>(record + 12);
  store<usize>(record + 12, at + 64);
  store<u32>(record + 8, load<u32>(record + 8) - 1);
  return at;
}

function digestEquals(lane: usize, digest: usize): bool {
  for (let i: usize = 0; i < 8; i++) {
    const word = load<u32>(STATE + (i << 4) + (lane << 2));
    if (bswap<u32>(word) != load<u32>(digest + (i << 2))) return false;
  }
  return true;
}

/**
 * Checks the first `count` rows of the tables (starts, ends, digest positions, all counted from the
 * start of the window). Answers the lowest row whose digest differs, or -1.
 */
export function verify(count: i32): i32 {
  const window = windowAddress();
  let next = 0, bad = -1, busy = 0;
  for (let lane: usize = 0; lane < 4; lane++) {
    if (next < count) { begin(lane, next++); busy++; }
    else store<i32>(LANE + lane * LANE_BYTES + 16, IDLE);
  }
  while (busy > 0) {
    let p0 = PAD, p1 = PAD, p2 = PAD, p3 = PAD;
    if (load<i32>(LANE + 16) != IDLE) p0 = nextBlock(LANE);
    if (load<i32>(LANE + 48) != IDLE) p1 = nextBlock(LANE + 32);
    if (load<i32>(LANE + 80) != IDLE) p2 = nextBlock(LANE + 64);
    if (load<i32>(LANE + 112) != IDLE) p3 = nextBlock(LANE + 96);
    compress(p0, p1, p2, p3);
    for (let lane: usize = 0; lane < 4; lane++) {
      const record = LANE + lane * LANE_BYTES;
      const index = load<i32>(record + 16);
      if (index == IDLE || load<u32>(record + 8) > 0) continue;
      if (!digestEquals(lane, window + <usize>load<u32>(TABLE + (<usize>index << 2) + 8192))) {
        // Rows after a bad one need no answer; those before it are done or in another lane.
        if (bad < 0 || index < bad) bad = index;
        count = min(count, index);
      }
      if (next < count) begin(lane, next++);
      else { store<i32>(record + 16, IDLE); busy--; }
    }
  }
  return bad;
}
