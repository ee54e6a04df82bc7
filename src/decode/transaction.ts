/**
 * Owned here: where the parts of a wire transaction stand. Versions: legacy and 0 (signatures, then message:
 * Solana's "versioned transaction" wire format) and 1 (message, then signatures: SIMD-0385).
 * Not here: what instructions mean, and loaded addresses, which only the metadata knows.
 */
import { malformedRecord } from './malformed-record.ts';

/** Numbers an instruction takes in `TransactionLayout.instructions`. */
export const INSTRUCTION_STRIDE = 5;
/** Numbers a lookup takes in `TransactionLayout.lookups`. */
export const LOOKUP_STRIDE = 5;
/** First byte of a version 1 transaction: 0x80 + 1. As a count of signatures it would be two bytes long. */
const VERSION_1_BYTE = 0x81;

/**
 * Offsets into the bytes last read; filled again by every `readTransaction`, so that reading allocates nothing.
 * `instructions`: program index, accounts start, accounts length, data start, data length, for each.
 * `lookups`: table key start, writable start, writable length, read-only start, read-only length, for each.
 */
export interface TransactionLayout {
  /** -1 for legacy, else 0 or 1. */
  version: number;
  signatureCount: number;
  signaturesStart: number;
  messageStart: number;
  messageEnd: number;
  requiredSignatures: number;
  readonlySigned: number;
  readonlyUnsigned: number;
  keyCount: number;
  keysStart: number;
  blockhashStart: number;
  instructionCount: number;
  instructions: Int32Array;
  lookupCount: number;
  lookups: Int32Array;
}

export function createTransactionLayout(): TransactionLayout {
  return {
    version: -1,
    signatureCount: 0,
    signaturesStart: 0,
    messageStart: 0,
    messageEnd: 0,
    requiredSignatures: 0,
    readonlySigned: 0,
    readonlyUnsigned: 0,
    keyCount: 0,
    keysStart: 0,
    blockhashStart: 0,
    instructionCount: 0,
    instructions: new Int32Array(64 * INSTRUCTION_STRIDE),
    lookupCount: 0,
    lookups: new Int32Array(8 * LOOKUP_STRIDE),
  };
}

/**
 * Finds all parts of the one transaction that fills [start, end) and writes their offsets into `layout`.
 * Indexes are not compared with the number of keys: that needs the metadata.
 * @throws {OperatingError} RECORD_MALFORMED when the bytes end early, go on, or carry a version above 1;
 * `layout` then holds nothing of use.
 */
export function readTransaction(
  bytes: Uint8Array,
  start: number,
  end: number,
  layout: TransactionLayout,
): void {
  const reader = new WireReader(bytes, start, end);
  if (start < end && bytes[start] === VERSION_1_BYTE) readVersion1(reader, layout);
  else readLegacyOrVersion0(reader, layout);
  if (reader.at !== end) throw reader.malformed('the end', `${end - reader.at} more bytes`);
}

function readLegacyOrVersion0(reader: WireReader, layout: TransactionLayout): void {
  layout.signatureCount = reader.shortLength();
  layout.signaturesStart = reader.skip(layout.signatureCount * 64);
  layout.messageStart = reader.at;
  const first = reader.byte();
  layout.version = first < 0x80 ? -1 : first - 0x80;
  if (layout.version > 0) throw reader.malformed('version 0', `version ${layout.version}`);
  layout.requiredSignatures = layout.version < 0 ? first : reader.byte();
  layout.readonlySigned = reader.byte();
  layout.readonlyUnsigned = reader.byte();
  layout.keyCount = reader.shortLength();
  layout.keysStart = reader.skip(layout.keyCount * 32);
  layout.blockhashStart = reader.skip(32);
  layout.instructionCount = reader.shortLength();
  layout.instructions = withRoom(layout.instructions, layout.instructionCount * INSTRUCTION_STRIDE);
  for (let i = 0, row = 0; i < layout.instructionCount; i++, row += INSTRUCTION_STRIDE) {
    layout.instructions[row] = reader.byte();
    readList(reader, layout.instructions, row + 1);
    readList(reader, layout.instructions, row + 3);
  }
  layout.lookupCount = layout.version < 0 ? 0 : reader.shortLength();
  layout.lookups = withRoom(layout.lookups, layout.lookupCount * LOOKUP_STRIDE);
  for (let i = 0, row = 0; i < layout.lookupCount; i++, row += LOOKUP_STRIDE) {
    layout.lookups[row] = reader.skip(32);
    readList(reader, layout.lookups, row + 1);
    readList(reader, layout.lookups, row + 3);
  }
  layout.messageEnd = reader.at;
}

/**
 * SIMD-0385: version byte, three header bytes, u32 config mask, 32 bytes of lifetime, u8 instruction count, u8 key
 * count, keys, four bytes for every bit of the mask, a head of (program u8, accounts u8, data bytes u16) for every
 * instruction, then accounts and data of each, then one signature for each required one. Numbers are little-endian.
 * Source: solana-foundation/solana-improvement-documents proposals/0385-transaction-v1.md.
 */
function readVersion1(reader: WireReader, layout: TransactionLayout): void {
  layout.messageStart = reader.skip(1);
  layout.version = 1;
  layout.requiredSignatures = reader.byte();
  layout.readonlySigned = reader.byte();
  layout.readonlyUnsigned = reader.byte();
  let configValues = 0;
  for (let left = 4; left > 0; left--) configValues += bitCount(reader.byte());
  layout.blockhashStart = reader.skip(32);
  layout.instructionCount = reader.byte();
  layout.keyCount = reader.byte();
  layout.keysStart = reader.skip(layout.keyCount * 32);
  reader.skip(configValues * 4);
  const heads = reader.skip(layout.instructionCount * 4);
  const { bytes } = reader;
  layout.instructions = withRoom(layout.instructions, layout.instructionCount * INSTRUCTION_STRIDE);
  for (let i = 0, row = 0; i < layout.instructionCount; i++, row += INSTRUCTION_STRIDE) {
    const head = heads + i * 4;
    const accounts = bytes[head + 1]!;
    const dataBytes = bytes[head + 2]! | (bytes[head + 3]! << 8);
    layout.instructions[row] = bytes[head]!;
    layout.instructions[row + 1] = reader.skip(accounts);
    layout.instructions[row + 2] = accounts;
    layout.instructions[row + 3] = reader.skip(dataBytes);
    layout.instructions[row + 4] = dataBytes;
  }
  layout.lookupCount = 0;
  layout.messageEnd = reader.at;
  layout.signatureCount = layout.requiredSignatures;
  layout.signaturesStart = reader.skip(layout.signatureCount * 64);
}

function readList(reader: WireReader, rows: Int32Array, at: number): void {
  const length = reader.shortLength();
  rows[at] = reader.skip(length);
  rows[at + 1] = length;
}

/** A shortvec count is at most 65,535, so a hostile transaction can claim at most 1.3 MB here. */
function withRoom(rows: Int32Array, needed: number): Int32Array {
  return rows.length >= needed ? rows : new Int32Array(needed);
}

function bitCount(byte: number): number {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
}

class WireReader {
  readonly bytes: Uint8Array;
  readonly #end: number;
  at: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.#end = end;
  }

  byte(): number {
    if (this.at >= this.#end) throw this.malformed('one more byte', 'the end');
    return this.bytes[this.at++]!;
  }

  /** Moves on and returns where it stood. */
  skip(length: number): number {
    if (length > this.#end - this.at) {
      throw this.malformed(`${length} more bytes`, `${this.#end - this.at}`);
    }
    this.at += length;
    return this.at - length;
  }

  /** Solana's compact-u16: one to three bytes of seven bits, low ones first, never longer than needed. */
  shortLength(): number {
    const offset = this.at;
    const first = this.byte();
    if (first < 0x80) return first;
    const second = this.byte();
    if (second < 0x80 && second > 0) return (first & 0x7f) | (second << 7);
    const third = second >= 0x80 ? this.byte() : 0;
    if (third >= 1 && third <= 3) return (first & 0x7f) | ((second & 0x7f) << 7) | (third << 14);
    this.at = offset;
    throw this.malformed('a compact-u16 in its shortest form', `bytes ${first} ${second} ${third}`);
  }

  malformed(expected: string, received: string): Error {
    return malformedRecord({
      attempted: 'read a transaction',
      offset: this.at,
      expected,
      received,
    });
  }
}
