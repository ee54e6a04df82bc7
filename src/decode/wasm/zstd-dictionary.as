/** The dictionary of an instance; RFC 8878, 5. */
import { MALFORMED } from './zstd-bits';
import { copyMatch, copyVectors } from './zstd-copy';
import { learnHuffman } from './zstd-huffman';
import { learnTables } from './zstd-sequence-tables';

const MAGIC: u32 = 0xec30a437;

/** What frames name it by; 0 while there is none. */
export let dictionaryId: u32 = 0;
/** Size of its content, which stands before `dictionaryEnd`. */
export let dictionaryBytes: u32 = 0;
let dictionaryEnd: usize = 0;

/** The last three offsets that a frame starts with; RFC 8878, 3.1.1.5. */
export let start1: u32 = 1;
export let start2: u32 = 4;
export let start3: u32 = 8;

/** Takes the dictionary from `start` to `end`, which must stay there. Answers 0 or MALFORMED. */
export function readDictionary(start: usize, end: usize): i32 {
  if (start + 8 > end || load<u32>(start) != MAGIC) return MALFORMED;
  dictionaryId = load<u32>(start, 4);
  let at = start + 8;
  let length = learnHuffman(at, end);
  if (length < 0) return MALFORMED;
  at += length;
  length = learnTables(at, end);
  if (length < 0 || at + length + 12 > end) return MALFORMED;
  at += length;
  start1 = load<u32>(at);
  start2 = load<u32>(at, 4);
  start3 = load<u32>(at, 8);
  dictionaryEnd = end;
  dictionaryBytes = <u32>(end - at - 12);
  return 0;
}

/** Copies a match that starts `back` bytes before the dictionary's end and may run on into the content. */
export function copyDictionaryMatch(to: usize, back: u32, offset: usize, bytes: u32): void {
  const first = min(bytes, back);
  copyVectors(to, dictionaryEnd - back, first);
  if (bytes > first) copyMatch(to + first, offset, bytes - first);
}
