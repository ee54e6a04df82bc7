/**
 * Zstandard decoder (RFC 8878) for many small frames: no allocation a call. A dictionary is read once,
 * so that a frame that uses it costs no more than another.
 *
 * The caller writes a frame to `inputAddress()` and calls `decompress`. The output stands behind the
 * input, as the last thing in memory, so that it can grow while it is made. All of the output is
 * kept, therefore no window buffer is needed.
 * SLOP covers what copies write behind their end.
 */
import { MALFORMED, TOO_LARGE, backwardBits, bitsAt } from './zstd-bits';
import { copyMatch, copyVectors } from './zstd-copy';
import {
  copyDictionaryMatch, dictionaryBytes, dictionaryId, readDictionary, start1, start2, start3,
} from './zstd-dictionary';
import { forgetHuffman } from './zstd-huffman';
import { literalsAt, literalsEnd, readLiterals, takeLiterals } from './zstd-literals';
import {
  forgetTables, literalLengthLog, literalLengthTable, matchLengthLog, matchLengthTable, offsetLog,
  offsetTable, prepareTables, readTables,
} from './zstd-sequence-tables';
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

/** The last three offsets; RFC 8878, 3.1.1.5. */
let offset1: u32 = 0;
let offset2: u32 = 0;
let offset3: u32 = 0;

/** Where input goes: behind the dictionary's content. */
let inputBase: usize = (__heap_base + 127) & ~63;
/** First byte of the current frame's content: before it a match may reach into the dictionary only. */
let contentStart: usize = 0;
/** Where the next byte of output goes. */
let out: usize = 0;
let outputStart: usize = 0;
let outputMax: usize = 0;
/** Largest content of a block of the current frame. */
let blockMax: u32 = 0;
/** First byte that was not yet understood, for the error text. */
let input: usize = 0;

export function inputAddress(): usize { return inputBase; }
export function outputAddress(): usize { return outputStart; }
export function faultOffset(): usize { return input - inputBase; }

export function prepare(): void { prepareTables(); }

/**
 * Learns the dictionary of `bytes` bytes that stands at `inputAddress()`, once, after `prepare`. Input goes behind it
 * from then on. Answers 0 or MALFORMED.
 */
export function learnDictionary(bytes: usize): i32 {
  const end = inputBase + bytes;
  const fault = readDictionary(inputBase, end);
  inputBase = (end + SLOP + 63) & ~63;
  return fault;
}

/**
 * Decodes and carries out `count` sequences; RFC 8878, 3.1.1.4. What stays the same from sequence to
 * sequence is held in locals; all bits of a sequence come from two reads where they fit.
 */
function runSequences(start: usize, end: usize, count: i32, blockEnd: usize): i32 {
  let bits = backwardBits(start, end) - <i32>(literalLengthLog + offsetLog + matchLengthLog);
  if (bits < 0) return MALFORMED;
  const llTable = literalLengthTable, ofTable = offsetTable, mlTable = matchLengthTable;
  const mlAt = bits, ofAt = mlAt + matchLengthLog, llAt = ofAt + offsetLog;
  let llState: u64 = load<u64>(llTable + (<usize>bitsAt(start, llAt, literalLengthLog) << 3));
  let ofState: u64 = load<u64>(ofTable + (<usize>bitsAt(start, ofAt, offsetLog) << 3));
  let mlState: u64 = load<u64>(mlTable + (<usize>bitsAt(start, mlAt, matchLengthLog) << 3));
  let to = out, literals = literalsAt;
  const literalsStop = literalsEnd, content = contentStart;
  let last1 = offset1, last2 = offset2, last3 = offset3;
  for (let left = count; ; ) {
    const llWidth = <u32>(llState >> 56), mlWidth = <u32>(mlState >> 56), ofWidth = <u32>(ofState >> 56);
    const width = llWidth + mlWidth + ofWidth;
    bits -= width;
    let literalLength = <u32>llState, matchLength = <u32>mlState, value = <u32>ofState;
    if (width <= 56) {
      let word = load<u64>(start + (bits >> 3)) >> (bits & 7);
      literalLength += <u32>(word & ((<u64>1 << llWidth) - 1));
      word >>= llWidth;
      matchLength += <u32>(word & ((<u64>1 << mlWidth) - 1));
      word >>= mlWidth;
      value += <u32>(word & ((<u64>1 << ofWidth) - 1));
    } else {
      literalLength += bitsAt(start, bits, llWidth);
      matchLength += bitsAt(start, bits + llWidth, mlWidth);
      value += bitsAt(start, bits + llWidth + mlWidth, ofWidth);
    }
    if (bits < 0) return MALFORMED;
    // The last three offsets; RFC 8878, 3.1.1.5.
    let offset: u32;
    if (value > 3) {
      offset = value - 3;
      last3 = last2;
      last2 = last1;
      last1 = offset;
    } else {
      const which = value + <u32>(literalLength == 0);
      if (which == 1) {
        offset = last1;
      } else {
        offset = which == 2 ? last2 : which == 3 ? last3 : last1 - 1;
        if (which != 2) last3 = last2;
        last2 = last1;
        last1 = offset;
      }
    }
    if (literalLength > <u32>(literalsStop - literals)) return MALFORMED;
    if (literalLength + matchLength > <u32>(blockEnd - to)) return MALFORMED;
    copyVectors(to, literals, literalLength);
    to += literalLength;
    literals += literalLength;
    if (offset == 0) return MALFORMED;
    const made = <u32>(to - content);
    if (offset <= made) {
      copyMatch(to, offset, matchLength);
    } else {
      if (offset - made > dictionaryBytes) return MALFORMED;
      copyDictionaryMatch(to, offset - made, offset, matchLength);
    }
    to += matchLength;
    if (--left == 0) break;
    const llNext = <u32>(llState >> 48) & 0xff, mlNext = <u32>(mlState >> 48) & 0xff;
    const ofNext = <u32>(ofState >> 48) & 0xff;
    bits -= llNext + mlNext + ofNext;
    if (bits < 0) return MALFORMED;
    let word = load<u64>(start + (bits >> 3)) >> (bits & 7);
    const ofRow = (<u32>(ofState >> 32) & 0xffff) + (<u32>word & ((1 << ofNext) - 1));
    word >>= ofNext;
    const mlRow = (<u32>(mlState >> 32) & 0xffff) + (<u32>word & ((1 << mlNext) - 1));
    word >>= mlNext;
    const llRow = (<u32>(llState >> 32) & 0xffff) + (<u32>word & ((1 << llNext) - 1));
    ofState = load<u64>(ofTable + (<usize>ofRow << 3));
    mlState = load<u64>(mlTable + (<usize>mlRow << 3));
    llState = load<u64>(llTable + (<usize>llRow << 3));
  }
  if (bits != 0) return MALFORMED;
  offset1 = last1;
  offset2 = last2;
  offset3 = last3;
  out = to;
  takeLiterals(literals);
  return 0;
}

/** One compressed block; RFC 8878, 3.1.1.3. */
function decodeBlock(start: usize, end: usize): i32 {
  const blockEnd = out + blockMax;
  const literals = readLiterals(start, end, blockMax);
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
  const idBytes: u32 = ((1 << (flags & 3)) >> 1);
  const sizeFlag = flags >> 6;
  const sizeBytes: u32 = sizeFlag == 0 ? (isSingle ? 1 : 0) : 1 << sizeFlag;
  let at = input + 5;
  if ((flags & 8) != 0 || at + (isSingle ? 0 : 1) + idBytes + sizeBytes > end) return MALFORMED;
  let window: u64 = 0;
  if (!isSingle) {
    const descriptor: u32 = load<u8>(at++);
    const log: u32 = 10 + (descriptor >> 3);
    if (log > WINDOW_LOG_MAX) return MALFORMED;
    window = ((<u64>1 << log) >> 3) * (8 + (descriptor & 7));
  }
  const id = <u32>(load<u64>(at) & ((<u64>1 << (idBytes << 3)) - 1));
  if (id != 0 && id != dictionaryId) return MALFORMED;
  at += idBytes;
  let size: u64 = load<u64>(at);
  if (sizeBytes < 8) size &= (<u64>1 << (sizeBytes << 3)) - 1;
  if (sizeFlag == 1) size += 256;
  if (sizeBytes > 0 && size > <u64>(outputMax - (out - outputStart))) return TOO_LARGE;
  if (isSingle) window = size;
  blockMax = <u32>min<u64>(window, BLOCK_BYTES_MAX);
  input = at + sizeBytes;
  contentStart = out;
  forgetTables();
  offset1 = start1;
  offset2 = start2;
  offset3 = start3;
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
  input = inputBase;
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
