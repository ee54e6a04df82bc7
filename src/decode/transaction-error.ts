import { OperatingError } from '../core/errors.ts';
import { BincodeCursor } from './bincode-cursor.ts';
import { INSTRUCTION_ERROR_NAMES, TRANSACTION_ERROR_NAMES } from './transaction-error-names.ts';

/** Variants that carry one byte: the index of an instruction or an account. */
const WITH_INDEX = new Set(['DuplicateInstruction', 'InsufficientFundsForRent']);
WITH_INDEX.add('ProgramExecutionTemporarilyRestricted');

/** Longest text of a program's own words, and longest hex of unreadable bytes, in the result. */
const TEXT_CHARS_MAX = 200;

/**
 * Reads one `TransactionError` and gives it as text: `InstructionError(1, Custom(41))`.
 * @throws {OperatingError} RECORD_MALFORMED for an unknown variant, whose length nobody knows.
 */
export function readTransactionError(cursor: BincodeCursor): string {
  const name = readVariant(cursor, TRANSACTION_ERROR_NAMES);
  if (name === 'InstructionError') {
    const index = cursor.readByte();
    return `${name}(${index}, ${readInstructionError(cursor)})`;
  }
  return WITH_INDEX.has(name) ? `${name}(${cursor.readByte()})` : name;
}

function readInstructionError(cursor: BincodeCursor): string {
  const name = readVariant(cursor, INSTRUCTION_ERROR_NAMES);
  if (name === 'Custom') return `${name}(${cursor.readU32()})`;
  // Newer validators write this variant without its words; in a record of its own it then ends here.
  if (name !== 'BorshIoError' || cursor.isAtEnd) return name;
  return `${name}(${JSON.stringify(cursor.readText().slice(0, TEXT_CHARS_MAX))})`;
}

function readVariant(cursor: BincodeCursor, names: readonly string[]): string {
  const offset = cursor.at;
  const variant = cursor.readU32();
  const name = names[variant];
  if (name === undefined) {
    throw cursor.malformed(offset, `an error below ${names.length}`, `${variant}`);
  }
  return name;
}

/** Text for an error as metadata stores it; bytes that cannot be read become their hex. Never long, never throws. */
export function transactionErrorText(error: Uint8Array): string {
  const bytes = Buffer.from(error.buffer, error.byteOffset, error.byteLength);
  try {
    return readTransactionError(new BincodeCursor(bytes, 0, bytes.length));
  } catch (fault) {
    if (!(fault instanceof OperatingError)) throw fault;
    return `unknown error ${bytes.toString('hex', 0, TEXT_CHARS_MAX / 2)}`;
  }
}
