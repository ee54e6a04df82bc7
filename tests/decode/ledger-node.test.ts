import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { encode } from '@ipld/dag-cbor';
import { OperatingError } from '../../src/core/errors.ts';
import { encodeCidText } from '../../src/decode/cid.ts';
import type { DataFrame } from '../../src/decode/data-frame.ts';
import { decodeLedgerNode, type LedgerNode } from '../../src/decode/ledger-node.ts';
import { loneFrame, nodeVectors } from '../support/car-bytes.ts';

/** Goal: nodes of real archives give exactly the values that the upstream decoders give. */

const expected = JSON.parse(
  readFileSync(new URL('../fixtures/ledger/nodes/expected.json', import.meta.url), 'utf8'),
  // JSON numbers round at 53 bits; the checksums need all 64.
  (_key, value, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value)
      ? BigInt(context?.source ?? '')
      : value,
) as Record<string, { tuple: unknown }>;

const links = (list: readonly Uint8Array[]): unknown[] => list.map(link);
const link = (cid: Uint8Array): unknown => ({ '/': encodeCidText(cid) });
const hex = (bytes: Uint8Array): unknown => ({ hex: Buffer.from(bytes).toString('hex') });

function frameTuple(frame: DataFrame): unknown[] {
  const lone = frame.total === null;
  const hash = frame.hash === null ? null : BigInt.asIntN(64, frame.hash);
  const number = hash !== null && BigInt(Number(hash)) === hash ? Number(hash) : hash;
  const head = [6, number, frame.index, frame.total, hex(frame.data)];
  return lone ? head : [...head, links(frame.next)];
}

/** The node as the tuple that was stored. */
function tuple(node: LedgerNode): unknown {
  switch (node.kind) {
    case 0:
      return [0, frameTuple(node.data), frameTuple(node.metadata), node.slot, node.index];
    case 1:
      return [1, Number(node.numHashes), hex(node.hash), links(node.transactions)];
    case 2: {
      const shredding = node.shredding.map((s) => [s.entryEndIndex, s.shredEndIndex]);
      const meta = [node.parentSlot, node.blockTime, node.blockHeight];
      const rewards = node.rewards === null ? null : link(node.rewards);
      return [2, node.slot, shredding, links(node.entries), meta, rewards];
    }
    case 3:
      return [3, node.firstSlot, node.lastSlot, links(node.blocks)];
    case 4:
      return [4, node.epoch, links(node.subsets)];
    case 5:
      return [5, node.slot, frameTuple(node.data)];
    case 6:
      return frameTuple(node);
  }
}

for (const [name, bytes] of nodeVectors()) {
  test(`${name} decodes to the stored tuple`, () => {
    assert.deepEqual(tuple(decodeLedgerNode(bytes, 0, bytes.length)), expected[name]?.tuple);
  });
}

test('a transaction of an old archive may lack its index, and a block its height and rewards', () => {
  const old = encode([0, loneFrame(Buffer.of(1)), loneFrame(Buffer.of()), 7]);
  const transaction = decodeLedgerNode(old, 0, old.length);
  assert.equal(transaction.kind === 0 && transaction.index, null);
  const bare = encode([2, 7, [[0, -1]], [], [6, 0]]);
  const block = decodeLedgerNode(bare, 0, bare.length);
  assert.deepEqual(block.kind === 2 && [block.blockHeight, block.rewards, block.shredding], [
    null,
    null,
    [{ entryEndIndex: 0, shredEndIndex: -1 }],
  ]);
});

test('a hash written as a negative number is the unsigned one it stands for', () => {
  const bytes = encode([6, -1n, 0, 1, Buffer.of(), []]);
  const frame = decodeLedgerNode(bytes, 0, bytes.length);
  assert.equal(frame.kind === 6 && frame.hash, 2n ** 64n - 1n);
});

test('unknown kinds, wrong counts and bytes behind the node are malformed', () => {
  const entry = Buffer.from(encode([1, 1, Buffer.alloc(32), []]));
  const wrong = [
    encode([7, 1]),
    encode([]),
    encode(1),
    encode([1, 1, Buffer.alloc(31), []]),
    encode([1, -1, Buffer.alloc(32), []]),
    encode([1, 1, Buffer.alloc(32)]),
    encode([6, null, null, null]),
    Buffer.concat([entry, Buffer.of(0)]),
    entry.subarray(0, -1),
  ];
  for (const bytes of wrong) {
    assert.throws(() => decodeLedgerNode(bytes, 0, bytes.length), { code: 'RECORD_MALFORMED' });
  }
});

test('with any byte of a real node flipped, it decodes to something or is refused as malformed', () => {
  let refused = 0;
  for (const bytes of nodeVectors().values()) {
    for (let i = 0; i < bytes.length; i++) {
      for (const flip of [0xff, 1 << (i % 8)]) {
        bytes[i] = bytes[i]! ^ flip;
        try {
          decodeLedgerNode(bytes, 0, bytes.length);
        } catch (error) {
          assert(error instanceof OperatingError && error.code === 'RECORD_MALFORMED');
          refused++;
        }
        bytes[i] = bytes[i]! ^ flip;
      }
    }
  }
  assert(refused > 1000, `${refused} refused`);
});

test('a node cut short anywhere is malformed', () => {
  for (const bytes of nodeVectors().values()) {
    for (let end = 0; end < bytes.length; end++) {
      assert.throws(() => decodeLedgerNode(bytes, 0, end), { code: 'RECORD_MALFORMED' });
    }
  }
});

test('nesting without end is refused at once, whatever it nests', () => {
  for (const head of [0x81, 0x82, 0xa1, 0xd8]) {
    const hostile = Buffer.alloc(1 << 20, head);
    assert.throws(
      () => decodeLedgerNode(hostile, 0, hostile.length),
      (error) => error instanceof OperatingError && error.code === 'RECORD_MALFORMED',
    );
    const inside = Buffer.concat([Buffer.from([0x83, 0x05, 0x00]), hostile]);
    assert.throws(
      () => decodeLedgerNode(inside, 0, inside.length),
      (error) => error instanceof OperatingError && error.code === 'RECORD_MALFORMED',
    );
  }
});
