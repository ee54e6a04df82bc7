import assert from 'node:assert/strict';
import test from 'node:test';
import { rawTransfer } from '../../../src/pipelines/swaps/swaps-decode-parsed.ts';

/** Goal: described token transfers become the bytes they were. */

const parties = { source: 'from', destination: 'to', authority: 'owner' };
const tokenAmount = { amount: '18446744073709551615', decimals: 9, uiAmount: 1.8e10 };

function hex(parsed: unknown): [accounts: readonly string[], data: string] {
  const { accounts, data } = rawTransfer(parsed);
  return [accounts, Buffer.from(data).toString('hex')];
}

test('a plain transfer', () => {
  const parsed = { type: 'transfer', info: { ...parties, amount: '258' } };
  assert.deepEqual(hex(parsed), [['from', 'to', 'owner'], '030201000000000000']);
});

test('a checked transfer, also one signed by several keys together', () => {
  const { authority: _, ...unsigned } = parties;
  const info = { ...unsigned, multisigAuthority: 'many', mint: 'coin', tokenAmount };
  assert.deepEqual(hex({ type: 'transferChecked', info }), [
    ['from', 'coin', 'to'],
    '0cffffffffffffffff09',
  ]);
});

test('a transfer that names its fee', () => {
  const feeAmount = { amount: '3', decimals: 9 };
  const info = { ...parties, mint: 'coin', tokenAmount, feeAmount };
  assert.deepEqual(hex({ type: 'transferCheckedWithFee', info }), [
    ['from', 'coin', 'to', 'owner'],
    '1a01ffffffffffffffff090300000000000000',
  ]);
});

test('any other description becomes nothing', () => {
  for (const parsed of [
    'a memo',
    null,
    { type: 'transfer', info: { source: 'a', destination: 'b', lamports: 5 } },
    { type: 'mintTo', info: { ...parties, amount: '5' } },
    { type: 'transfer', info: { ...parties, amount: '-5' } },
  ]) {
    assert.deepEqual(hex(parsed), [[], '']);
  }
});
