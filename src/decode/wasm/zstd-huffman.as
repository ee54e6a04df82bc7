/** Huffman codes of Zstandard's literals; RFC 8878, 4.2. */
import { MALFORMED, backwardBits, bitsAt, highestBit } from './zstd-bits';
import { SPREAD, followState, readCounts, spreadSymbols, tableLog } from './zstd-fse';

/** Longest Huffman code, RFC 8878, 4.2.1. */
const HUFFMAN_BITS_MAX: u32 = 11;
/** Largest accuracy of the table for Huffman weights, RFC 8878, 4.2.1.2. */
const WEIGHT_LOG_MAX: u32 = 6;

/** Huffman weights: one byte a symbol. */
const WEIGHTS: usize = memory.data(512, 16);
/** First table position of each weight, u32 each. */
const RANKS: usize = memory.data(64, 16);
/** States of the table for weights: symbol, bits, base of the next state. */
const WEIGHT_TABLE: usize = memory.data(256, 16);
/** Huffman table: u16 a position, symbol in the low byte, code length in the high one. */
const HUFFMAN: usize = memory.data(4096, 16);

/** The dictionary's table, which every frame starts with. */
const LEARNT: usize = memory.data(4096, 16);

/** Longest code of the current Huffman table; 0 while there is none. */
let huffmanBits: u32 = 0;
let learntBits: u32 = 0;
/** Whether a frame read a table of its own over the dictionary's. */
let isOverwritten = false;

/** Every frame starts with the dictionary's table, or without one. */
export function forgetHuffman(): void {
  if (isOverwritten && learntBits > 0) memory.copy(HUFFMAN, LEARNT, 4096);
  isOverwritten = false;
  huffmanBits = learntBits;
}

/** Reads the dictionary's table; RFC 8878, 5. Answers its length in bytes. */
export function learnHuffman(start: usize, end: usize): i32 {
  const length = readHuffman(start, end);
  memory.copy(LEARNT, HUFFMAN, 4096);
  learntBits = huffmanBits;
  return length;
}

/** Weights compressed by two states that take turns; RFC 8878, 4.2.1.2. Answers their number. */
function readCompressedWeights(start: usize, end: usize): i32 {
  const length = readCounts(start, end, 256, WEIGHT_LOG_MAX);
  if (length < 0) return MALFORMED;
  spreadSymbols();
  for (let u: usize = 0; u < <usize>1 << tableLog; u++) {
    const symbol: u32 = load<u8>(SPREAD + u);
    store<u32>(WEIGHT_TABLE + (u << 2), (followState(symbol) << 8) | symbol);
  }
  const from = start + length;
  let bits = backwardBits(from, end) - <i32>(tableLog << 1);
  if (bits < 0) return MALFORMED;
  let state = bitsAt(from, bits + tableLog, tableLog);
  let other = bitsAt(from, bits, tableLog);
  for (let n = 0; n < 254; ) {
    const entry = load<u32>(WEIGHT_TABLE + (state << 2));
    store<u8>(WEIGHTS + n++, <u8>entry);
    const width = entry >> 24;
    bits -= width;
    if (bits < 0) {
      store<u8>(WEIGHTS + n++, <u8>load<u32>(WEIGHT_TABLE + (other << 2)));
      return n;
    }
    state = other;
    other = ((entry >> 8) & 0xffff) + bitsAt(from, bits, width);
  }
  return MALFORMED;
}

/** Reads a Huffman tree description and builds the table; RFC 8878, 4.2.1. Answers its length in bytes. */
export function readHuffman(start: usize, end: usize): i32 {
  huffmanBits = 0;
  isOverwritten = true;
  if (start >= end) return MALFORMED;
  const head: i32 = load<u8>(start);
  const direct = head >= 128;
  const length = direct ? (head - 126) >> 1 : head;
  if (start + 1 + length > end) return MALFORMED;
  let symbols = head - 127;
  if (direct) {
    for (let n = 0; n < symbols; n++) {
      const pair: u32 = load<u8>(start + 1 + (n >> 1));
      store<u8>(WEIGHTS + n, <u8>((n & 1) == 0 ? pair >> 4 : pair & 15));
    }
  } else {
    symbols = readCompressedWeights(start + 1, start + 1 + length);
  }
  if (symbols < 1 || fillHuffman(symbols) < 0) return MALFORMED;
  return 1 + length;
}

/** Adds the weight that is left out, then gives each symbol its share of the table. */
function fillHuffman(symbols: i32): i32 {
  memory.fill(RANKS, 0, 64);
  let sum: u32 = 0;
  for (let s = 0; s < symbols; s++) {
    const weight: u32 = load<u8>(WEIGHTS + s);
    if (weight > HUFFMAN_BITS_MAX) return MALFORMED;
    store<u32>(RANKS + (weight << 2), load<u32>(RANKS + (weight << 2)) + 1);
    sum += (1 << weight) >> 1;
  }
  if (sum == 0) return MALFORMED;
  const bits = highestBit(sum) + 1;
  const left = (<u32>1 << bits) - sum;
  if (bits > HUFFMAN_BITS_MAX || (left & (left - 1)) != 0) return MALFORMED;
  const last = highestBit(left) + 1;
  store<u8>(WEIGHTS + symbols, <u8>last);
  store<u32>(RANKS + (last << 2), load<u32>(RANKS + (last << 2)) + 1);
  // The two longest codes are always siblings: a tree cannot end in a single leaf.
  const longest = load<u32>(RANKS + 4);
  if (longest < 2 || (longest & 1) != 0) return MALFORMED;
  let at: u32 = 0;
  for (let weight: u32 = 1; weight <= bits; weight++) {
    const codes = load<u32>(RANKS + (weight << 2));
    store<u32>(RANKS + (weight << 2), at);
    at += codes << (weight - 1);
  }
  for (let s = 0; s <= symbols; s++) {
    const weight: u32 = load<u8>(WEIGHTS + s);
    if (weight == 0) continue;
    const from = load<u32>(RANKS + (weight << 2));
    const share: u32 = 1 << (weight - 1);
    store<u32>(RANKS + (weight << 2), from + share);
    fillShare(HUFFMAN + (from << 1), share, <u32>s | ((bits + 1 - weight) << 8));
  }
  huffmanBits = bits;
  return 0;
}

@inline function fillShare(to: usize, share: u32, entry: u32): void {
  if (share >= 8) {
    const eight = i16x8.splat(<i16>entry);
    const end = to + (share << 1);
    do {
      v128.store(to, eight);
      to += 16;
    } while (to < end);
  } else if (share == 4) {
    store<u64>(to, <u64>entry * 0x0001_0001_0001_0001);
  } else {
    store<u16>(to, <u16>entry);
    if (share == 2) store<u16>(to, <u16>entry, 2);
  }
}

/** A word with the next bits of a stream at its top: at least 56 of them. */
@inline function topWord(start: usize, bits: i32): u64 {
  return load<u64>(start + (bits >> 3) - 7) << (8 - (bits & 7));
}

/** One stream of `count` literals; RFC 8878, 4.2.2. The stream must end exactly with the last of them. */
function decodeStream(start: usize, bits: i32, to: usize, count: i32): i32 {
  const shift: u64 = 64 - huffmanBits;
  let left = count;
  while (left > 0) {
    if (bits < 0) return MALFORMED;
    let word = topWord(start, bits);
    const turn = min(left, 5);
    for (let k = 0; k < turn; k++) {
      const entry: u32 = load<u16>(HUFFMAN + (<usize>(word >> shift) << 1));
      store<u8>(to++, <u8>entry);
      word <<= entry >> 8;
      bits -= entry >> 8;
    }
    left -= turn;
  }
  return bits == 0 ? 0 : MALFORMED;
}

export function decodeOneStream(start: usize, end: usize, to: usize, count: i32): i32 {
  if (huffmanBits == 0) return MALFORMED;
  const bits = backwardBits(start, end);
  return bits < 0 ? MALFORMED : decodeStream(start, bits, to, count);
}

/** Four streams of a quarter each, decoded in turns so that none waits for its own table reads. */
export function decodeFourStreams(start: usize, end: usize, to: usize, count: i32): i32 {
  if (huffmanBits == 0 || end < start + 10 || count < 6) return MALFORMED;
  const s0 = start + 6;
  const s1 = s0 + load<u16>(start), s2 = s1 + load<u16>(start, 2), s3 = s2 + load<u16>(start, 4);
  if (s3 >= end) return MALFORMED;
  let b0 = backwardBits(s0, s1), b1 = backwardBits(s1, s2), b2 = backwardBits(s2, s3), b3 = backwardBits(s3, end);
  if ((b0 | b1 | b2 | b3) < 0) return MALFORMED;
  const each = (count + 3) >> 2, last = count - 3 * each;
  if (last < 0) return MALFORMED;
  let t0 = to, t1 = to + each, t2 = t1 + each, t3 = t2 + each;
  const shift: u64 = 64 - huffmanBits;
  let done = 0;
  for (; done + 5 <= last; done += 5) {
    if ((b0 | b1 | b2 | b3) < 0) return MALFORMED;
    let w0 = topWord(s0, b0), w1 = topWord(s1, b1), w2 = topWord(s2, b2), w3 = topWord(s3, b3);
    for (let k = 0; k < 5; k++) {
      const e0: u32 = load<u16>(HUFFMAN + (<usize>(w0 >> shift) << 1));
      const e1: u32 = load<u16>(HUFFMAN + (<usize>(w1 >> shift) << 1));
      const e2: u32 = load<u16>(HUFFMAN + (<usize>(w2 >> shift) << 1));
      const e3: u32 = load<u16>(HUFFMAN + (<usize>(w3 >> shift) << 1));
      store<u8>(t0++, <u8>e0); w0 <<= e0 >> 8; b0 -= e0 >> 8;
      store<u8>(t1++, <u8>e1); w1 <<= e1 >> 8; b1 -= e1 >> 8;
      store<u8>(t2++, <u8>e2); w2 <<= e2 >> 8; b2 -= e2 >> 8;
      store<u8>(t3++, <u8>e3); w3 <<= e3 >> 8; b3 -= e3 >> 8;
    }
  }
  if (decodeStream(s0, b0, t0, each - done) < 0 || decodeStream(s1, b1, t1, each - done) < 0) return MALFORMED;
  if (decodeStream(s2, b2, t2, each - done) < 0 || decodeStream(s3, b3, t3, last - done) < 0) return MALFORMED;
  return 0;
}
