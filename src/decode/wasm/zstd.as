/**
 * Zstandard decoder (RFC 8878) for many small frames: no allocation a call, no dictionary.
 *
 * The caller writes a frame to `inputAddress()` and calls `decompress`. The output stands behind the
 * input, as the last thing in memory, so that it can grow while it is made. All of the output is
 * kept, therefore no window buffer is needed.
 *
 * Copies run in whole vectors and may write up to 32 bytes behind their end: SLOP covers it.
 */
import {
  MALFORMED, TOO_LARGE, backwardBits, bitsAt, buildPredefined, decodeFourStreams, decodeOneStream,
  forgetHuffman, readHuffman, readSequenceTable, sequenceLog,
} from './zstd-entropy';
import { xxh64 } from './zstd-xxh64';

const MAGIC: u32 = 0xfd2fb528;
/** The low four bits of a skippable frame's magic number are free; RFC 8878, 3.1.2. */
const SKIPPABLE_MAGIC: u32 = 0x184d2a50;
/** Largest content of a block; RFC 8878, 3.1.1.2.4. */
const BLOCK_BYTES_MAX: u32 = 131072;
/** Largest window that the reference decoder accepts as well. */
const WINDOW_LOG_MAX: u32 = 31;
const SLOP: usize = 64;
const PAGE_BYTES: usize = 65536;

// Base value and extra bits of each code; RFC 8878, 3.1.1.3.2.1.1.
const LITERAL_LENGTH_BASES: usize = memory.data<u32>([
  0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9, 0, 10, 0, 11, 0, 12, 0, 13, 0, 14, 0, 15, 0,
  16, 1, 18, 1, 20, 1, 22, 1, 24, 2, 28, 2, 32, 3, 40, 3, 48, 4, 64, 6, 128, 7, 256, 8, 512, 9,
  1024, 10, 2048, 11, 4096, 12, 8192, 13, 16384, 14, 32768, 15, 65536, 16,
], 16);
const MATCH_LENGTH_BASES: usize = memory.data<u32>([
  3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9, 0, 10, 0, 11, 0, 12, 0, 13, 0, 14, 0, 15, 0, 16, 0, 17, 0, 18, 0,
  19, 0, 20, 0, 21, 0, 22, 0, 23, 0, 24, 0, 25, 0, 26, 0, 27, 0, 28, 0, 29, 0, 30, 0, 31, 0, 32, 0, 33, 0,
  34, 0, 35, 1, 37, 1, 39, 1, 41, 1, 43, 2, 47, 2, 51, 3, 59, 3, 67, 4, 83, 4, 99, 5, 131, 7, 259, 8,
  515, 9, 1027, 10, 2051, 11, 4099, 12, 8195, 13, 16387, 14, 32771, 15, 65539, 16,
], 16);
/** Code n stands for 2 ** n plus n extra bits; filled by `prepare`. */
const OFFSET_BASES: usize = memory.data(256, 16);

// Predefined distributions; RFC 8878, 3.1.1.3.2.2.
const LITERAL_LENGTH_COUNTS: usize = memory.data<i8>([
  4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
]);
const MATCH_LENGTH_COUNTS: usize = memory.data<i8>([
  1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
]);
const OFFSET_COUNTS: usize = memory.data<i8>([
  1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
]);

const LITERAL_LENGTH_PREDEFINED: usize = memory.data(512, 16);
const MATCH_LENGTH_PREDEFINED: usize = memory.data(512, 16);
const OFFSET_PREDEFINED: usize = memory.data(256, 16);
const LITERAL_LENGTH_TABLE: usize = memory.data(4096, 16);
const MATCH_LENGTH_TABLE: usize = memory.data(4096, 16);
const OFFSET_TABLE: usize = memory.data(2048, 16);
const LITERALS: usize = memory.data(131136, 16);

/** The tables in use; 0 while the frame has none, so that nothing can be repeated. */
let literalLengthTable: usize = 0;
let matchLengthTable: usize = 0;
let offsetTable: usize = 0;
let literalLengthLog: u32 = 0;
let matchLengthLog: u32 = 0;
let offsetLog: u32 = 0;
/** The log of the table that `chooseTable` chose. */
let chosenLog: u32 = 0;

/** The last three offsets; RFC 8878, 3.1.1.5. */
let offset1: u32 = 0;
let offset2: u32 = 0;
let offset3: u32 = 0;

let literalsAt: usize = 0;
let literalsEnd: usize = 0;
/** First byte of the current frame's content: no match may reach before it. */
let contentStart: usize = 0;
/** Where the next byte of output goes. */
let out: usize = 0;
let outputStart: usize = 0;
let outputMax: usize = 0;
/** Largest content of a block of the current frame. */
let blockMax: u32 = 0;
/** First byte that was not yet understood, for the error text. */
let input: usize = 0;

export function inputAddress(): usize { return (__heap_base + 127) & ~63; }
export function outputAddress(): usize { return outputStart; }
export function faultOffset(): usize { return input - inputAddress(); }

export function prepare(): void {
  for (let code: u32 = 0; code < 32; code++) {
    store<u32>(OFFSET_BASES + (code << 3), <u32>1 << code);
    store<u32>(OFFSET_BASES + (code << 3), code, 4);
  }
  buildPredefined(LITERAL_LENGTH_PREDEFINED, LITERAL_LENGTH_BASES, LITERAL_LENGTH_COUNTS, 36, 6);
  buildPredefined(MATCH_LENGTH_PREDEFINED, MATCH_LENGTH_BASES, MATCH_LENGTH_COUNTS, 53, 6);
  buildPredefined(OFFSET_PREDEFINED, OFFSET_BASES, OFFSET_COUNTS, 29, 5);
}

@inline function copyVectors(to: usize, from: usize, bytes: usize): void {
  const end = to + bytes;
  do {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  } while (to < end);
}

/** Copies a match, which may overlap what it writes. */
@inline function copyMatch(to: usize, offset: usize, bytes: usize): void {
  const end = to + bytes;
  if (offset >= 16) {
    copyVectors(to, to - offset, bytes);
  } else if (offset >= 8) {
    for (; to < end; to += 8) store<u64>(to, load<u64>(to - offset));
  } else {
    for (; to < end; to++) store<u8>(to, load<u8>(to - offset));
  }
}

/** The literals of a block; RFC 8878, 3.1.1.3.1. Answers the bytes read. */
function readLiterals(at: usize, end: usize): i32 {
  if (at >= end) return MALFORMED;
  const head: u32 = load<u8>(at);
  const format = (head >> 2) & 3;
  if ((head & 3) < 2) {
    const headBytes: u32 = format == 1 ? 2 : format == 3 ? 3 : 1;
    if (at + headBytes > end) return MALFORMED;
    const size = headBytes == 1 ? head >> 3 : (load<u32>(at) & (headBytes == 2 ? 0xffff : 0xffffff)) >> 4;
    const stored: u32 = (head & 3) == 0 ? size : 1;
    if (size > blockMax || at + headBytes + stored > end) return MALFORMED;
    literalsAt = at + headBytes;
    if ((head & 3) == 1) {
      memory.fill(LITERALS, load<u8>(at + headBytes), size);
      literalsAt = LITERALS;
    }
    literalsEnd = literalsAt + size;
    return headBytes + stored;
  }
  const headBytes: u32 = format < 2 ? 3 : format + 2;
  if (at + headBytes > end) return MALFORMED;
  const width: u32 = format < 2 ? 10 : format == 2 ? 14 : 18;
  const mask = (<u64>1 << width) - 1;
  const sizes = load<u64>(at) >> 4;
  const size = <u32>(sizes & mask);
  const stored = <u32>((sizes >> width) & mask);
  let from = at + headBytes;
  const stop = from + stored;
  if (size > blockMax || size == 0 || stop > end) return MALFORMED;
  if ((head & 3) == 2) {
    const tree = readHuffman(from, stop);
    if (tree < 0) return MALFORMED;
    from += tree;
  }
  const fault = format == 0
    ? decodeOneStream(from, stop, LITERALS, <i32>size)
    : decodeFourStreams(from, stop, LITERALS, <i32>size);
  if (fault < 0) return MALFORMED;
  literalsAt = LITERALS;
  literalsEnd = LITERALS + size;
  return headBytes + stored;
}

/** Takes one of three tables as its mode says; RFC 8878, 3.1.1.3.2.1. Answers the bytes read. */
function readTable(mode: u32, at: usize, end: usize, table: usize, bases: usize, symbolsMax: i32, logMax: u32): i32 {
  if (mode == 2) {
    const length = readSequenceTable(at, end, table, bases, symbolsMax, logMax);
    chosenLog = sequenceLog();
    return length;
  }
  if (at >= end) return MALFORMED;
  const symbol: u32 = load<u8>(at);
  if (<i32>symbol >= symbolsMax) return MALFORMED;
  store<u32>(table, load<u32>(bases + (symbol << 3)));
  store<u32>(table, load<u32>(bases + (symbol << 3), 4) << 24, 4);
  chosenLog = 0;
  return 1;
}

function readTables(modes: u32, start: usize, end: usize): i32 {
  if ((modes & 3) != 0) return MALFORMED;
  let at = start;
  let mode = modes >> 6;
  if (mode == 0) {
    literalLengthTable = LITERAL_LENGTH_PREDEFINED;
    literalLengthLog = 6;
  } else if (mode < 3) {
    const length = readTable(mode, at, end, LITERAL_LENGTH_TABLE, LITERAL_LENGTH_BASES, 36, 9);
    if (length < 0) return MALFORMED;
    at += length;
    literalLengthTable = LITERAL_LENGTH_TABLE;
    literalLengthLog = chosenLog;
  }
  mode = (modes >> 4) & 3;
  if (mode == 0) {
    offsetTable = OFFSET_PREDEFINED;
    offsetLog = 5;
  } else if (mode < 3) {
    const length = readTable(mode, at, end, OFFSET_TABLE, OFFSET_BASES, 32, 8);
    if (length < 0) return MALFORMED;
    at += length;
    offsetTable = OFFSET_TABLE;
    offsetLog = chosenLog;
  }
  mode = (modes >> 2) & 3;
  if (mode == 0) {
    matchLengthTable = MATCH_LENGTH_PREDEFINED;
    matchLengthLog = 6;
  } else if (mode < 3) {
    const length = readTable(mode, at, end, MATCH_LENGTH_TABLE, MATCH_LENGTH_BASES, 53, 9);
    if (length < 0) return MALFORMED;
    at += length;
    matchLengthTable = MATCH_LENGTH_TABLE;
    matchLengthLog = chosenLog;
  }
  if (literalLengthTable == 0 || offsetTable == 0 || matchLengthTable == 0) return MALFORMED;
  return <i32>(at - start);
}

/** The offset of a match and the new last three; RFC 8878, 3.1.1.5. 0 is an offset that cannot be. */
@inline function nextOffset(value: u32, noLiterals: bool): u32 {
  if (value > 3) {
    offset3 = offset2;
    offset2 = offset1;
    return offset1 = value - 3;
  }
  const which = value + (noLiterals ? 1 : 0);
  if (which == 1) return offset1;
  let offset: u32;
  if (which == 2) {
    offset = offset2;
  } else {
    offset = which == 3 ? offset3 : offset1 - 1;
    offset3 = offset2;
  }
  offset2 = offset1;
  return offset1 = offset;
}

/** Decodes and carries out `count` sequences; RFC 8878, 3.1.1.4. */
function runSequences(start: usize, end: usize, count: i32, blockEnd: usize): i32 {
  let bits = backwardBits(start, end) - <i32>(literalLengthLog + offsetLog + matchLengthLog);
  if (bits < 0) return MALFORMED;
  let ofState: u64 = load<u64>(offsetTable + (<usize>bitsAt(start, bits + matchLengthLog, offsetLog) << 3));
  let llState: u64 = load<u64>(literalLengthTable
    + (<usize>bitsAt(start, bits + matchLengthLog + offsetLog, literalLengthLog) << 3));
  let mlState: u64 = load<u64>(matchLengthTable + (<usize>bitsAt(start, bits, matchLengthLog) << 3));
  const llTable = literalLengthTable, ofTable = offsetTable, mlTable = matchLengthTable;
  let to = out, literals = literalsAt;
  for (let left = count; ; ) {
    let width = <u32>(ofState >> 56);
    bits -= width;
    const value = <u32>ofState + bitsAt(start, bits, width);
    width = <u32>(mlState >> 56);
    bits -= width;
    const matchLength = <u32>mlState + bitsAt(start, bits, width);
    width = <u32>(llState >> 56);
    bits -= width;
    const literalLength = <u32>llState + bitsAt(start, bits, width);
    if (bits < 0) return MALFORMED;
    const offset = nextOffset(value, literalLength == 0);
    if (literalLength > <u32>(literalsEnd - literals)) return MALFORMED;
    if (literalLength + matchLength > <u32>(blockEnd - to)) return MALFORMED;
    copyVectors(to, literals, literalLength);
    to += literalLength;
    literals += literalLength;
    if (offset == 0 || offset > <u32>(to - contentStart)) return MALFORMED;
    copyMatch(to, offset, matchLength);
    to += matchLength;
    if (--left == 0) break;
    width = <u32>(llState >> 48) & 0xff;
    bits -= width;
    llState = load<u64>(llTable + (<usize>((<u32>(llState >> 32) & 0xffff) + bitsAt(start, bits, width)) << 3));
    width = <u32>(mlState >> 48) & 0xff;
    bits -= width;
    mlState = load<u64>(mlTable + (<usize>((<u32>(mlState >> 32) & 0xffff) + bitsAt(start, bits, width)) << 3));
    width = <u32>(ofState >> 48) & 0xff;
    bits -= width;
    ofState = load<u64>(ofTable + (<usize>((<u32>(ofState >> 32) & 0xffff) + bitsAt(start, bits, width)) << 3));
    if (bits < 0) return MALFORMED;
  }
  if (bits != 0) return MALFORMED;
  out = to;
  literalsAt = literals;
  return 0;
}

/** One compressed block; RFC 8878, 3.1.1.3. */
function decodeBlock(start: usize, end: usize): i32 {
  const blockEnd = out + blockMax;
  const literals = readLiterals(start, end);
  if (literals < 0) return MALFORMED;
  let at = start + literals;
  if (at >= end) return MALFORMED;
  let count: i32 = load<u8>(at++);
  if (count >= 128) {
    const more: usize = count == 255 ? 2 : 1;
    if (at + more > end) return MALFORMED;
    count = count == 255 ? <i32>load<u16>(at) + 0x7f00 : ((count - 128) << 8) + <i32>load<u8>(at);
    at += more;
  }
  if (count == 0) {
    if (at != end) return MALFORMED;
  } else {
    if (at >= end) return MALFORMED;
    const modes: u32 = load<u8>(at++);
    const tables = readTables(modes, at, end);
    if (tables < 0) return MALFORMED;
    if (runSequences(at + tables, end, count, blockEnd) < 0) return MALFORMED;
  }
  const rest = literalsEnd - literalsAt;
  if (rest > blockEnd - out) return MALFORMED;
  copyVectors(out, literalsAt, rest);
  out += rest;
  return 0;
}

/** Makes room for one more block. */
function reserveBlock(): i32 {
  const need = out + BLOCK_BYTES_MAX + SLOP;
  const have = <usize>memory.size() * PAGE_BYTES;
  if (need <= have) return 0;
  return memory.grow(<i32>((need - have + PAGE_BYTES - 1) / PAGE_BYTES)) < 0 ? TOO_LARGE : 0;
}

/** The blocks of a frame; RFC 8878, 3.1.1.2. Moves `input` behind them. */
function readBlocks(end: usize): i32 {
  for (let isLast = false; !isLast; ) {
    if (input + 3 > end) return MALFORMED;
    const head: u32 = load<u32>(input) & 0xffffff;
    const size = head >> 3;
    const type = (head >> 1) & 3;
    isLast = (head & 1) != 0;
    const from = input + 3;
    const stored = type == 1 ? 1 : size;
    if (size > blockMax || from + stored > end) return MALFORMED;
    if (reserveBlock() < 0) return TOO_LARGE;
    if (type == 0) {
      memory.copy(out, from, size);
      out += size;
    } else if (type == 1) {
      memory.fill(out, load<u8>(from), size);
      out += size;
    } else if (type == 3 || decodeBlock(from, from + size) < 0) {
      return MALFORMED;
    }
    if (out - outputStart > outputMax) return TOO_LARGE;
    input = from + stored;
  }
  return 0;
}

/** One frame; RFC 8878, 3.1.1.1. Moves `input` behind it. */
function readFrame(end: usize): i32 {
  if (input + 6 > end) return MALFORMED;
  const flags: u32 = load<u8>(input, 4);
  const isSingle = (flags & 0x20) != 0;
  const dictionaryBytes: u32 = ((1 << (flags & 3)) >> 1);
  const sizeFlag = flags >> 6;
  const sizeBytes: u32 = sizeFlag == 0 ? (isSingle ? 1 : 0) : 1 << sizeFlag;
  let at = input + 5;
  if ((flags & 8) != 0 || at + (isSingle ? 0 : 1) + dictionaryBytes + sizeBytes > end) return MALFORMED;
  let window: u64 = 0;
  if (!isSingle) {
    const descriptor: u32 = load<u8>(at++);
    const log: u32 = 10 + (descriptor >> 3);
    if (log > WINDOW_LOG_MAX) return MALFORMED;
    window = ((<u64>1 << log) >> 3) * (8 + (descriptor & 7));
  }
  for (let k: u32 = 0; k < dictionaryBytes; k++) if (load<u8>(at++) != 0) return MALFORMED;
  let size: u64 = load<u64>(at);
  if (sizeBytes < 8) size &= (<u64>1 << (sizeBytes << 3)) - 1;
  if (sizeFlag == 1) size += 256;
  if (sizeBytes > 0 && size > <u64>(outputMax - (out - outputStart))) return TOO_LARGE;
  if (isSingle) window = size;
  blockMax = <u32>min<u64>(window, BLOCK_BYTES_MAX);
  input = at + sizeBytes;
  contentStart = out;
  literalLengthTable = matchLengthTable = offsetTable = 0;
  offset1 = 1;
  offset2 = 4;
  offset3 = 8;
  forgetHuffman();
  const fault = readBlocks(end);
  if (fault < 0) return fault;
  const bytes = out - contentStart;
  if (sizeBytes > 0 && size != <u64>bytes) return MALFORMED;
  if ((flags & 4) == 0) return 0;
  if (input + 4 > end || load<u32>(input) != <u32>xxh64(contentStart, bytes)) return MALFORMED;
  input += 4;
  return 0;
}

/**
 * Decompresses the frames in `bytes` bytes of input. Answers the bytes of output, which stand at
 * `outputAddress()`, or MALFORMED, or TOO_LARGE as soon as they would be more than `maxBytes`.
 */
export function decompress(bytes: usize, maxBytes: usize): i32 {
  input = inputAddress();
  const end = input + bytes;
  out = outputStart = (end + SLOP + 63) & ~63;
  outputMax = maxBytes;
  do {
    if (input + 8 > end) return MALFORMED;
    const magic = load<u32>(input);
    if (magic == MAGIC) {
      const fault = readFrame(end);
      if (fault < 0) return fault;
    } else if ((magic & ~15) == SKIPPABLE_MAGIC) {
      const size = <u64>load<u32>(input, 4) + 8;
      if (size > <u64>(end - input)) return MALFORMED;
      input += <usize>size;
    } else {
      return MALFORMED;
    }
  } while (input < end);
  return <i32>(out - outputStart);
}
