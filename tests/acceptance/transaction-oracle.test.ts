import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeBase58 } from '../../src/core/base58.ts';
import { createTransactionLayout, readTransaction } from '../../src/decode/transaction.ts';
import { ledgerArchives, skipWithoutArchives } from '../support/ledger-archives.ts';
import { readSlots } from '../support/slot-reader.ts';
import { plainFromLayout, plainFromWeb3 } from '../support/web3-transaction.ts';

/** Goal: every transaction of every archive has the parts that web3.js reads; takes about half a minute. */

test('web3.js and the transaction reader agree on every transaction', {
  skip: skipWithoutArchives,
}, () => {
  const layout = createTransactionLayout();
  let compared = 0;
  for (const { name, car } of ledgerArchives()) {
    for (const { facts, wires } of readSlots(car)) {
      for (const [index, wire] of wires.entries()) {
        readTransaction(wire, 0, wire.length, layout);
        const plain = plainFromLayout(wire, layout, encodeBase58);
        assert.deepEqual(plain, plainFromWeb3(wire), `${name} slot ${facts.slot} index ${index}`);
        compared++;
      }
    }
  }
  assert(compared > 83_000, `${compared} transactions`);
});
