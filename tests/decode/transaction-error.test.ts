import assert from 'node:assert/strict';
import test from 'node:test';
import { transactionErrorText } from '../../src/decode/transaction-error.ts';

/** Goal: a stored error reads as the name that Solana's tools print, and nothing stored can break the reading. */

const textOf = (hex: string): string => transactionErrorText(Buffer.from(hex, 'hex'));

test('plain variants are their names', () => {
  assert.equal(textOf('00000000'), 'AccountInUse');
  assert.equal(textOf('07000000'), 'BlockhashNotFound');
  assert.equal(textOf('12000000'), 'UnsupportedVersion');
  assert.equal(textOf('26000000'), 'CommitCancelled');
});

test('variants about an instruction or account carry its index', () => {
  assert.equal(textOf('1e00000004'), 'DuplicateInstruction(4)');
  assert.equal(textOf('1f00000009'), 'InsufficientFundsForRent(9)');
  assert.equal(textOf('2300000001'), 'ProgramExecutionTemporarilyRestricted(1)');
});

test('instruction errors carry their own', () => {
  assert.equal(textOf('080000000000000000'), 'InstructionError(0, GenericError)');
  assert.equal(textOf('08000000011900000029000000'), 'InstructionError(1, Custom(41))');
  assert.equal(
    textOf('080000000235000000'),
    'InstructionError(2, BuiltinProgramsMustConsumeComputeUnits)',
  );
});

test('words of a program are kept where the record has them, and shortened', () => {
  assert.equal(textOf('08000000002c000000'), 'InstructionError(0, BorshIoError)');
  assert.equal(
    textOf('08000000002c00000002000000000000006f6b'),
    'InstructionError(0, BorshIoError("ok"))',
  );
  const long = Buffer.alloc(9 + 8 + 5000, 0x61);
  Buffer.from('08000000002c0000008813000000000000', 'hex').copy(long);
  assert(transactionErrorText(long).length < 300);
});

test('what cannot be read becomes bounded hex', () => {
  assert.equal(textOf('63000000'), 'unknown error 63000000');
  assert.equal(textOf(''), 'unknown error ');
  assert.equal(textOf('0800'), 'unknown error 0800');
  assert(transactionErrorText(Buffer.alloc(10_000, 0xff)).length < 300);
});
