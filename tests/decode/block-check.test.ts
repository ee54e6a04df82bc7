import assert from 'node:assert/strict';
import test from 'node:test';
import { checkBlock, type ReadSlot } from '../../src/decode/block-check.ts';
import { cidOf } from '../support/car-bytes.ts';

/** Goal: every way in which a slot's sections and links can disagree is told, once. */

const cid = (name: string): Buffer => cidOf(Buffer.from(name));
const rewards = cid('rewards');

function slot(change: Partial<ReadSlot['block']> = {}, rest: Partial<ReadSlot> = {}): ReadSlot {
  const entry = (name: string, ...transactions: Buffer[]) => ({
    cid: cid(name),
    node: { kind: 1 as const, numHashes: 1n, hash: Buffer.alloc(32), transactions },
  });
  return {
    block: {
      kind: 2,
      slot: 8,
      shredding: [
        { entryEndIndex: 0, shredEndIndex: -1 },
        { entryEndIndex: 1, shredEndIndex: 3 },
      ],
      entries: [cid('e0'), cid('e1')],
      parentSlot: 6,
      blockTime: 0,
      blockHeight: null,
      rewards,
      ...change,
    },
    entries: [entry('e0', cid('t0'), cid('t1')), entry('e1')],
    transactions: [
      { cid: cid('t0'), slot: 8, index: 0 },
      { cid: cid('t1'), slot: 8, index: null },
    ],
    rewards,
    ...rest,
  };
}

test('a slot whose sections are all linked in order has no fault', () => {
  assert.deepEqual(checkBlock(slot()), []);
  assert.deepEqual(
    checkBlock(slot({ slot: 0, parentSlot: 0 }, { transactions: [], entries: [] })).map(
      ({ kind }) => kind,
    ),
    ['entry-links', 'shredding'],
  );
});

test('an empty identity link and no section both mean that there are no rewards', () => {
  const none = Buffer.of(1, 0x55, 0, 0);
  assert.deepEqual(checkBlock(slot({ rewards: none }, { rewards: null })), []);
  assert.deepEqual(checkBlock(slot({ rewards: null }, { rewards: null })), []);
});

const faults: readonly [string, ReadSlot][] = [
  ['parent-slot', slot({ parentSlot: 8 })],
  ['entry-links', slot({ entries: [cid('e1'), cid('e0')] })],
  ['entry-links', slot({ entries: [cid('e0')] })],
  ['shredding', slot({ shredding: [] })],
  ['transaction-links', slot({}, { transactions: slot().transactions.slice(0, 1) })],
  [
    'transaction-slot',
    slot({}, { transactions: slot().transactions.map((t) => ({ ...t, slot: 7 })) }),
  ],
  [
    'transaction-index',
    slot({}, { transactions: slot().transactions.map((t) => ({ ...t, index: 0 })) }),
  ],
  ['rewards-link', slot({ rewards: null })],
  ['rewards-link', slot({}, { rewards: cid('others') })],
];

for (const [kind, read] of faults) {
  test(`a wrong ${kind.replace('-', ' ')} is a fault of that kind alone`, () => {
    assert.deepEqual(
      checkBlock(read).map((fault) => fault.kind),
      [kind],
    );
  });
}
