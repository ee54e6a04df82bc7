/** The literals of Zstandard's blocks; RFC 8878, 3.1.1.3.1. */
import { MALFORMED } from './zstd-bits';
import { decodeFourStreams, decodeOneStream, readHuffman } from './zstd-huffman';

/** Decoded literals of one block, and room for whole vectors. */
const LITERALS: usize = memory.data(131136, 16);

/** The literals of the current block that no sequence has taken yet. */
export let literalsAt: usize = 0;
export let literalsEnd: usize = 0;

/** Sequences took the literals up to `at`. */
export function takeLiterals(at: usize): void { literalsAt = at; }

/** Reads the literals of a block, at most `sizeMax` of them. Answers the bytes read. */
export function readLiterals(at: usize, end: usize, sizeMax: u32): i32 {
  if (at >= end) return MALFORMED;
  const head: u32 = load<u8>(at);
  const format = (head >> 2) & 3;
  if ((head & 3) < 2) {
    const headBytes: u32 = format == 1 ? 2 : format == 3 ? 3 : 1;
    if (at + headBytes > end) return MALFORMED;
    const size = headBytes == 1 ? head >> 3 : (load<u32>(at) & (headBytes == 2 ? 0xffff : 0xffffff)) >> 4;
    const stored: u32 = (head & 3) == 0 ? size : 1;
    if (size > sizeMax || at + headBytes + stored > end) return MALFORMED;
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
  if (size > sizeMax || size == 0 || stop > end) return MALFORMED;
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
