/** Finite state entropy tables of Zstandard; RFC 8878, 4.1. */
import { MALFORMED, bitsAt, highestBit } from './zstd-bits';

/** Probabilities of the symbols of the table being read, i16 each. */
const COUNTS: usize = memory.data(512, 16);
/** Next state number of each symbol while a table is built, u16 each. */
const NEXT: usize = memory.data(512, 16);
/** Symbol of each state of the table that `spreadSymbols` made. */
export const SPREAD: usize = memory.data(512, 16);

/** Log2 of the number of states, and number of symbols, that `readCounts` found. */
export let tableLog: u32 = 0;
let symbolCount: i32 = 0;

/** Counts the table description at `start` gives; RFC 8878, 4.1.1. Answers its length in bytes. */
export function readCounts(start: usize, end: usize, symbolsMax: i32, logMax: u32): i32 {
  const bitsMax = <i32>min<usize>(end - start, 4096) * 8;
  if (bitsMax < 8) return MALFORMED;
  tableLog = 5 + (<u32>load<u8>(start) & 15);
  if (tableLog > logMax) return MALFORMED;
  let at = 4, symbol = 0;
  let left: i32 = 1 << tableLog;
  while (left > 0) {
    if (symbol >= symbolsMax || at >= bitsMax) return MALFORMED;
    const width = highestBit(left + 1) + 1;
    const low: u32 = (1 << (width - 1)) - 1;
    const threshold: u32 = (1 << width) - 1 - (left + 1);
    let value = bitsAt(start, at, width);
    if ((value & low) < threshold) {
      value &= low;
      at += width - 1;
    } else {
      if (value > low) value -= threshold;
      at += width;
    }
    const count = <i32>value - 1;
    left -= count < 0 ? 1 : count;
    store<i16>(COUNTS + (<usize>(symbol++) << 1), <i16>count);
    if (count != 0) continue;
    for (let repeat: u32 = 3; repeat == 3; ) {
      repeat = bitsAt(start, at, 2);
      at += 2;
      if (symbol + <i32>repeat > symbolsMax || at > bitsMax) return MALFORMED;
      for (let k: u32 = 0; k < repeat; k++) store<i16>(COUNTS + (<usize>(symbol++) << 1), 0);
    }
  }
  if (left < 0 || at > bitsMax) return MALFORMED;
  symbolCount = symbol;
  return (at + 7) >> 3;
}

/** Spreads the symbols of COUNTS over the states; RFC 8878, 4.1.1. */
export function spreadSymbols(): void {
  const size: u32 = 1 << tableLog;
  const mask = size - 1;
  const step = (size >> 1) + (size >> 3) + 3;
  let high = size;
  for (let s = 0; s < symbolCount; s++) {
    const count = load<i16>(COUNTS + (<usize>s << 1));
    store<u16>(NEXT + (<usize>s << 1), count < 0 ? 1 : <u16>count);
    if (count < 0) store<u8>(SPREAD + --high, <u8>s);
  }
  let at: u32 = 0;
  for (let s = 0; s < symbolCount; s++) {
    const count = load<i16>(COUNTS + (<usize>s << 1));
    for (let k = 0; k < <i32>count; k++) {
      store<u8>(SPREAD + at, <u8>s);
      do at = (at + step) & mask; while (at >= high);
    }
  }
}

/** Bits and base of the state behind state number `u`: bits in the high half. */
@inline export function followState(symbol: u32): u32 {
  const next: u32 = load<u16>(NEXT + (symbol << 1));
  store<u16>(NEXT + (symbol << 1), <u16>(next + 1));
  const width = tableLog - highestBit(next);
  return (width << 16) | ((next << width) - (1 << tableLog));
}

/**
 * Fills a table for sequences from COUNTS. A state is a u64: base value, base of the next state
 * (16 bits), bits of the next state, extra bits of the value. `bases` holds base value and extra
 * bits of each symbol, u32 each.
 */
function fillSequenceTable(table: usize, bases: usize): void {
  spreadSymbols();
  const size: usize = 1 << tableLog;
  for (let u: usize = 0; u < size; u++) {
    const symbol: u32 = load<u8>(SPREAD + u);
    const follow = followState(symbol);
    store<u32>(table + (u << 3), load<u32>(bases + (symbol << 3)));
    store<u32>(table + (u << 3), follow | (load<u32>(bases + (symbol << 3), 4) << 24), 4);
  }
}

/** Reads a table description into `table`. Answers its length; its log is `tableLog`. */
export function readSequenceTable(start: usize, end: usize, table: usize, bases: usize, symbolsMax: i32, logMax: u32): i32 {
  const length = readCounts(start, end, symbolsMax, logMax);
  if (length > 0) fillSequenceTable(table, bases);
  return length;
}

/** Builds a predefined table from `symbols` probabilities, one signed byte each. */
export function buildPredefined(table: usize, bases: usize, counts: usize, symbols: i32, log: u32): void {
  for (let s = 0; s < symbols; s++) store<i16>(COUNTS + (<usize>s << 1), load<i8>(counts + s));
  symbolCount = symbols;
  tableLog = log;
  fillSequenceTable(table, bases);
}
