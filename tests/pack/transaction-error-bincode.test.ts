import assert from 'node:assert/strict';
import test from 'node:test';
import { JsonPlace } from '../../src/pack/json-place.ts';
import { encodeTransactionError } from '../../src/pack/transaction-error-bincode.ts';

/** Goal: errors of RPC JSON become the bincode that validators store. */

function encoded(err: unknown): string {
  return encodeTransactionError(new JsonPlace(err, 'test.json', 'err')).toString('hex');
}

const known: [unknown, string][] = [
  ['AccountInUse', '00000000'],
  ['BlockhashNotFound', '07000000'],
  [{ InstructionError: [2, { Custom: 6001 }] }, '08000000' + '02' + '19000000' + '71170000'],
  [{ InstructionError: [0, 'GenericError'] }, '08000000' + '00' + '00000000'],
  [{ InstructionError: [4, 'ProgramFailedToComplete'] }, '08000000' + '04' + '28000000'],
  [
    { InstructionError: [1, { BorshIoError: 'Unknown' }] },
    '0800000001' + '2c000000' + '0700000000000000' + '556e6b6e6f776e',
  ],
  [{ InstructionError: [1, 'BorshIoError'] }, '0800000001' + '2c000000'],
  [{ InstructionError: [9, 'BuiltinProgramsMustConsumeComputeUnits'] }, '0800000009' + '35000000'],
  [{ DuplicateInstruction: 5 }, '1e000000' + '05'],
  [{ InsufficientFundsForRent: { account_index: 3 } }, '1f000000' + '03'],
  [{ ProgramExecutionTemporarilyRestricted: { account_index: 1 } }, '23000000' + '01'],
  ['CommitCancelled', '26000000'],
];

for (const [err, bytes] of known) {
  test(`${JSON.stringify(err)} has its stored form`, () => assert.equal(encoded(err), bytes));
}

for (const wrong of [
  7,
  {},
  { A: 1, B: 2 },
  { AccountInUse: 1 },
  { InstructionError: [1] },
  { InstructionError: [300, 'GenericError'] },
  { InstructionError: [1, { InvalidArgument: 2 }] },
]) {
  test(`${JSON.stringify(wrong)} is refused`, () => {
    assert.throws(() => encoded(wrong), /reading test\.json: at err/);
  });
}
