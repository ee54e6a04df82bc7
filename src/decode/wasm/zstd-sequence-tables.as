/** The three tables that Zstandard's sequences are coded with; RFC 8878, 3.1.1.3.2.1. */
import { MALFORMED } from './zstd-bits';
import { buildPredefined, readSequenceTable, tableLog } from './zstd-fse';

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

// The dictionary's tables, which every frame starts with; logs of 0 while there is no dictionary.
const LITERAL_LENGTH_LEARNT: usize = memory.data(4096, 16);
const MATCH_LENGTH_LEARNT: usize = memory.data(4096, 16);
const OFFSET_LEARNT: usize = memory.data(2048, 16);
let literalLengthLearntLog: u32 = 0;
let matchLengthLearntLog: u32 = 0;
let offsetLearntLog: u32 = 0;

/** The tables in use; 0 while the frame has none, so that nothing can be repeated. */
export let literalLengthTable: usize = 0;
export let matchLengthTable: usize = 0;
export let offsetTable: usize = 0;
export let literalLengthLog: u32 = 0;
export let matchLengthLog: u32 = 0;
export let offsetLog: u32 = 0;
/** The log of the table that `readTable` read. */
let chosenLog: u32 = 0;

/** Must run once before anything else here. */
export function prepareTables(): void {
  for (let code: u32 = 0; code < 32; code++) {
    store<u32>(OFFSET_BASES + (code << 3), <u32>1 << code);
    store<u32>(OFFSET_BASES + (code << 3), code, 4);
  }
  buildPredefined(LITERAL_LENGTH_PREDEFINED, LITERAL_LENGTH_BASES, LITERAL_LENGTH_COUNTS, 36, 6);
  buildPredefined(MATCH_LENGTH_PREDEFINED, MATCH_LENGTH_BASES, MATCH_LENGTH_COUNTS, 53, 6);
  buildPredefined(OFFSET_PREDEFINED, OFFSET_BASES, OFFSET_COUNTS, 29, 5);
}

/** Every frame starts with the dictionary's tables, or without any. */
export function forgetTables(): void {
  literalLengthTable = literalLengthLearntLog > 0 ? LITERAL_LENGTH_LEARNT : 0;
  matchLengthTable = matchLengthLearntLog > 0 ? MATCH_LENGTH_LEARNT : 0;
  offsetTable = offsetLearntLog > 0 ? OFFSET_LEARNT : 0;
  literalLengthLog = literalLengthLearntLog;
  matchLengthLog = matchLengthLearntLog;
  offsetLog = offsetLearntLog;
}

/** Reads the dictionary's tables; RFC 8878, 5. Answers their length in bytes. */
export function learnTables(start: usize, end: usize): i32 {
  let length = readSequenceTable(start, end, OFFSET_LEARNT, OFFSET_BASES, 32, 8);
  if (length < 0) return MALFORMED;
  offsetLearntLog = tableLog;
  let at = start + length;
  length = readSequenceTable(at, end, MATCH_LENGTH_LEARNT, MATCH_LENGTH_BASES, 53, 9);
  if (length < 0) return MALFORMED;
  matchLengthLearntLog = tableLog;
  at += length;
  length = readSequenceTable(at, end, LITERAL_LENGTH_LEARNT, LITERAL_LENGTH_BASES, 36, 9);
  if (length < 0) return MALFORMED;
  literalLengthLearntLog = tableLog;
  return <i32>(at + length - start);
}

/** Takes one of three tables as its mode says; RFC 8878, 3.1.1.3.2.1. Answers the bytes read. */
function readTable(mode: u32, at: usize, end: usize, table: usize, bases: usize, symbolsMax: i32, logMax: u32): i32 {
  if (mode == 2) {
    const length = readSequenceTable(at, end, table, bases, symbolsMax, logMax);
    chosenLog = tableLog;
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

/** Reads what the modes byte calls for. Answers the bytes read. */
export function readTables(modes: u32, start: usize, end: usize): i32 {
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
