import assert from 'node:assert/strict';
import test from 'node:test';
import { buildLedgerTransaction } from '../../src/decode/ledger-transaction.ts';
import { accountKeyAt } from '../../src/model/ledger-transaction.ts';
import type { StatusMeta } from '../../src/model/status-meta.ts';
import { legacyTransaction } from '../support/wire-transaction.ts';

/** Goal: one transaction with all its keys and instructions in execution order comes out of its two halves. */

const wire = legacyTransaction(
  1,
  [Buffer.alloc(32, 1), Buffer.alloc(32, 2)],
  [
    { program: 1, accounts: [0], data: Buffer.from('a') },
    { program: 2, accounts: [3], data: Buffer.from('b') },
  ],
);
const meta: StatusMeta = {
  failed: true,
  error: Buffer.of(0),
  fee: 5000n,
  preBalances: [],
  postBalances: [],
  innerInstructions: [],
  logMessages: null,
  preTokenBalances: null,
  postTokenBalances: null,
  loadedWritable: Buffer.alloc(32, 3),
  loadedReadonly: Buffer.alloc(32, 4),
  computeUnits: null,
  costUnits: null,
  returnData: null,
  rewards: null,
};
const call = (data: string, stackHeight: number | null) => ({
  programIndex: 3,
  accounts: Uint8Array.of(1),
  data: Buffer.from(data),
  stackHeight,
});
const parts = { slot: 9, transactionIndex: 4, blockTime: 7, wire };

test('inner instructions stand behind the instruction that caused them', () => {
  const innerInstructions = [
    { outer: 1, instructions: [call('b0', 2), call('b1', null)] },
    { outer: 0, instructions: [call('a0', 2)] },
  ];
  const built = buildLedgerTransaction({ ...parts, meta: { ...meta, innerInstructions } });
  const order = built.instructions.map((i) => [
    i.outer,
    i.inner,
    i.stackHeight,
    Buffer.from(i.data).toString(),
  ]);
  assert.deepEqual(order, [
    [0, -1, 1, 'a'],
    [0, 0, 2, 'a0'],
    [1, -1, 1, 'b'],
    [1, 0, 2, 'b0'],
    [1, 1, null, 'b1'],
  ]);
});

test('loaded addresses follow the static keys, writable ones first', () => {
  const built = buildLedgerTransaction({ ...parts, meta });
  const first = [0, 1, 2, 3, 4].map((index) => accountKeyAt(built, index)?.[0]);
  assert.deepEqual(first, [1, 2, 3, 4, undefined]);
  assert.deepEqual([built.failed, built.signerCount, built.signature[63]], [true, 1, 0xa1]);
});

test('without metadata the wire alone is told, and it outlives the bytes it came from', () => {
  const bytes = Buffer.from(wire);
  const built = buildLedgerTransaction({ ...parts, wire: bytes, meta: null });
  bytes.fill(0xee);
  assert.equal(built.failed, false);
  assert.equal(built.accountKeys.length, 64);
  assert.deepEqual(
    built.instructions.map((i) => [i.programIndex, ...i.accounts, ...i.data]),
    [
      [1, 0, 0x61],
      [2, 3, 0x62],
    ],
  );
});

test('metadata that names an absent instruction, or half an address, is malformed', () => {
  const innerInstructions = [{ outer: 2, instructions: [] }];
  for (const wrong of [{ innerInstructions }, { loadedWritable: Buffer.alloc(33) }]) {
    assert.throws(() => buildLedgerTransaction({ ...parts, meta: { ...meta, ...wrong } }), {
      code: 'RECORD_MALFORMED',
    });
  }
});

test('a transaction without signatures is malformed', () => {
  const unsigned = legacyTransaction(0, [Buffer.alloc(32, 1)], []);
  assert.throws(() => buildLedgerTransaction({ ...parts, wire: unsigned, meta: null }), {
    code: 'RECORD_MALFORMED',
  });
});
