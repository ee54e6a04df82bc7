import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeBase58 } from '../../src/core/base58.ts';
import { createTransactionLayout, readTransaction } from '../../src/decode/transaction.ts';
import { isVoteTransaction, VOTE_PROGRAM } from '../../src/decode/vote-transaction.ts';
import { wireTransactions } from '../support/car-bytes.ts';
import { plainFromLayout, plainFromWeb3 } from '../support/web3-transaction.ts';
import { legacyTransaction, version1Transaction } from '../support/wire-transaction.ts';

/** Goal: every version's parts are found where they stand, and nothing but one whole transaction is accepted. */

const layout = createTransactionLayout();
const payer = Buffer.alloc(32, 1);
const other = Buffer.alloc(32, 2);

test('real transactions of slot 254,170,887 have the parts that web3.js reads', () => {
  const versions = new Set<number>();
  for (const { wire } of wireTransactions()) {
    readTransaction(wire, 0, wire.length, layout);
    assert.deepEqual(plainFromLayout(wire, layout, encodeBase58), plainFromWeb3(wire));
    versions.add(layout.version);
  }
  assert.deepEqual([...versions].sort(), [-1, 0]);
});

test('a version 1 transaction has its signatures behind the message', () => {
  const instructions = [
    { program: 2, accounts: [0, 1], data: Buffer.from('first') },
    { program: 1, accounts: [], data: Buffer.alloc(3000, 9) },
  ];
  const wire = version1Transaction([payer, other, VOTE_PROGRAM], instructions);
  readTransaction(wire, 0, wire.length, layout);
  const plain = plainFromLayout(wire, layout, encodeBase58);
  assert.deepEqual(plain, {
    version: 1,
    signatures: ['a1'.repeat(64), 'a2'.repeat(64)],
    header: [2, 1, 1],
    keys: [payer, other, VOTE_PROGRAM].map((key) => key.toString('hex')),
    blockhash: encodeBase58(Buffer.alloc(32, 0xbb)),
    instructions: instructions.map((one) => ({ ...one, data: one.data.toString('hex') })),
    lookups: [],
  });
  assert.equal(layout.messageEnd, wire.length - 128);
});

test('each transaction cut short anywhere, or with a byte too many, is malformed', () => {
  const version1 = version1Transaction([payer], [{ program: 0, accounts: [0], data: other }]);
  for (const wire of [version1, ...wireTransactions().map((one) => one.wire)]) {
    for (let end = 0; end < wire.length; end++) {
      assert.throws(() => readTransaction(wire, 0, end, layout), { code: 'RECORD_MALFORMED' });
    }
    const longer = Buffer.concat([wire, Buffer.of(0)]);
    assert.throws(() => readTransaction(longer, 0, longer.length, layout), {
      code: 'RECORD_MALFORMED',
    });
  }
});

test('versions above 1, and version 1 behind signatures, are malformed', () => {
  const wire = Buffer.concat([Buffer.of(0), Buffer.of(0x82), Buffer.alloc(200)]);
  const message = version1Transaction([payer], []).subarray(0, -128);
  for (const bytes of [wire, Buffer.concat([Buffer.of(0), message])]) {
    assert.throws(() => readTransaction(bytes, 0, bytes.length, layout), {
      code: 'RECORD_MALFORMED',
      message: /expected version 0, received version/,
    });
  }
});

test('a length in more bytes than needed is malformed', () => {
  const wire = legacyTransaction(1, [payer], []);
  const longer = Buffer.concat([wire.subarray(0, -1), Buffer.of(0x80, 0x00)]);
  assert.throws(() => readTransaction(longer, 0, longer.length, layout), {
    code: 'RECORD_MALFORMED',
    message: /compact-u16 in its shortest form/,
  });
});

test('a simple vote has one or two signatures, one instruction and the vote program', () => {
  const keys = [payer, other, VOTE_PROGRAM];
  const vote = { program: 2, accounts: [1], data: Buffer.from('v') };
  const isVote = (wire: Buffer): boolean => {
    readTransaction(wire, 0, wire.length, layout);
    return isVoteTransaction(wire, layout);
  };
  assert.equal(isVote(legacyTransaction(1, keys, [vote])), true);
  assert.equal(isVote(legacyTransaction(2, keys, [vote])), true);
  assert.equal(isVote(legacyTransaction(3, keys, [vote])), false);
  assert.equal(isVote(legacyTransaction(0, keys, [vote])), false);
  assert.equal(isVote(legacyTransaction(1, keys, [vote, vote])), false);
  assert.equal(isVote(legacyTransaction(1, keys, [])), false);
  assert.equal(isVote(legacyTransaction(1, keys, [{ ...vote, program: 1 }])), false);
  assert.equal(isVote(legacyTransaction(1, keys, [{ ...vote, program: 3 }])), false);
  assert.equal(isVote(version1Transaction(keys, [vote])), false);
});
