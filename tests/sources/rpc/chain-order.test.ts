import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { chainOrder } from '../../../src/sources/rpc/chain-order.ts';
import type { SignatureRecord } from '../../../src/sources/rpc/signature-list.ts';

function record(
  signature: string,
  slot: number,
  transactionIndex: number | null = null,
): SignatureRecord {
  return { signature, slot, failed: false, transactionIndex };
}

function places(lists: readonly (readonly SignatureRecord[])[]) {
  return chainOrder(lists).map((found) => [found.signature, found.slot, found.transactionIndex]);
}

test('a list turns around, and list position numbers what shares a slot', () => {
  const list = [record('e', 9), record('d', 7), record('b', 7), record('c', 7), record('a', 2)];
  assert.deepEqual(places([list]), [
    ['a', 2, 0],
    ['c', 7, 0],
    ['b', 7, 1],
    ['d', 7, 2],
    ['e', 9, 0],
  ]);
});

test('lists keep their own order within a slot, and shared signatures tie them together', () => {
  const one = [record('shared', 5), record('z', 5)];
  const two = [record('a', 5), record('shared', 5)];
  assert.deepEqual(places([one, two]), [
    ['z', 5, 0],
    ['shared', 5, 1],
    ['a', 5, 2],
  ]);
});

test('positions that the endpoint tells decide', () => {
  const one = [record('a', 5, 30), record('b', 5, 10)];
  const two = [record('c', 5, 20)];
  assert.deepEqual(places([one, two]), [
    ['b', 5, 10],
    ['c', 5, 20],
    ['a', 5, 30],
  ]);
});

test('lists that contradict each other still give every signature once', () => {
  const one = [record('a', 5), record('b', 5)];
  const two = [record('b', 5), record('a', 5)];
  assert.deepEqual(
    chainOrder([one, two])
      .map(({ signature }) => signature)
      .sort(),
    ['a', 'b'],
  );
});

test('views of one chain merge into an order that none of them contradicts, whatever their sequence', () => {
  const chainOfSlots = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 20 });
  const seen = fc.array(fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(chainOfSlots, seen, (slots, masks) => {
      const chain = slots
        .sort((a, b) => a - b)
        .map((slot, index) => record(String((index * 7) % 20).padStart(2, '0'), slot));
      const lists = masks.map((mask) => chain.filter((_record, i) => mask[i]).toReversed());
      const merged = chainOrder(lists);
      assert.equal(merged.length, new Set(lists.flat().map(({ signature }) => signature)).size);
      const rank = new Map(merged.map(({ signature }, index) => [signature, index]));
      for (const list of lists) {
        const ranks = list.map(({ signature }) => rank.get(signature) ?? -1);
        assert.deepEqual(
          ranks,
          [...ranks].sort((a, b) => b - a),
        );
      }
      for (const [index, { slot, transactionIndex }] of merged.entries()) {
        const before = merged[index - 1];
        assert.equal(transactionIndex, before?.slot === slot ? before.transactionIndex + 1 : 0);
      }
      assert.deepEqual(chainOrder(lists.toReversed()), merged);
    }),
  );
});
