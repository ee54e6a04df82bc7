import {
  INSTRUCTION_ERROR_NAMES,
  TRANSACTION_ERROR_NAMES,
} from '../decode/transaction-error-names.ts';
import type { JsonPlace } from './json-place.ts';

/** Variants whose content is one account index in a struct, against those with a bare index. */
const WITH_ACCOUNT_INDEX = ['InsufficientFundsForRent', 'ProgramExecutionTemporarilyRestricted'];

/**
 * An `err` of RPC JSON as the bincode bytes that status metadata stores.
 * @throws {OperatingError} RECORD_MALFORMED for an error no release of Solana writes.
 */
export function encodeTransactionError(place: JsonPlace): Buffer {
  if (typeof place.value === 'string') {
    return u32(variantOf(place, TRANSACTION_ERROR_NAMES, place.value));
  }
  const { name, content } = place.variant();
  const variant = u32(variantOf(place, TRANSACTION_ERROR_NAMES, name));
  if (name === 'InstructionError') {
    const [index, error] = content.items();
    if (index === undefined || error === undefined) throw content.wrong('[index, error]');
    return Buffer.concat([variant, u8(index), encodeInstructionError(error)]);
  }
  if (name === 'DuplicateInstruction') return Buffer.concat([variant, u8(content)]);
  if (WITH_ACCOUNT_INDEX.includes(name)) {
    return Buffer.concat([variant, u8(content.field('account_index'))]);
  }
  throw place.wrong('a transaction error with content');
}

function encodeInstructionError(place: JsonPlace): Buffer {
  if (typeof place.value === 'string') {
    return u32(variantOf(place, INSTRUCTION_ERROR_NAMES, place.value));
  }
  const { name, content } = place.variant();
  const variant = u32(variantOf(place, INSTRUCTION_ERROR_NAMES, name));
  if (name === 'Custom') return Buffer.concat([variant, u32(content.count(0xffff_ffff))]);
  // Releases before the error lost its text stored it as a string with a u64 length.
  if (name === 'BorshIoError') {
    const text = Buffer.from(content.text());
    return Buffer.concat([variant, u32(text.length), u32(0), text]);
  }
  throw place.wrong('an instruction error with content');
}

function variantOf(place: JsonPlace, names: readonly string[], name: string): number {
  const variant = names.indexOf(name);
  if (variant < 0) throw place.wrong('the name of a transaction error');
  return variant;
}

function u8(place: JsonPlace): Buffer {
  return Buffer.from([place.count(0xff)]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
