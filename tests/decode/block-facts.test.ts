import assert from 'node:assert/strict';
import test from 'node:test';
import { encode } from '@ipld/dag-cbor';
import fc from 'fast-check';
import { OperatingError } from '../../src/core/errors.ts';
import { type BlockFacts, readBlockFacts } from '../../src/decode/block-facts.ts';
import { decodeLedgerNode, NODE_KIND } from '../../src/decode/ledger-node.ts';
import { cidOf, emptyBlockNode, linkOf, nodeVectors } from '../support/car-bytes.ts';

/** Goal: the quick look at a Block never says anything but what the whole decoder says. */

const noRewards = Buffer.from('d82a450001550000', 'hex');

function blockNode(slot: number, entries: number, meta: readonly unknown[]): Buffer {
  const links = Array.from({ length: entries }, (_, i) => linkOf(cidOf(Buffer.of(i & 255))));
  const shredding = Array.from({ length: entries }, (_, i) => [i, i % 7 === 0 ? i : -1]);
  const listHead = encode(Array.from({ length: entries }, () => 0)).subarray(0, -entries);
  const list = entries === 0 ? [Buffer.of(0x80)] : [listHead, ...links];
  return Buffer.concat([
    ...[Buffer.of(0x86, 2), encode(slot), encode(shredding)],
    ...[...list, encode(meta), noRewards],
  ]);
}

const blocks: ReadonlyMap<string, Buffer> = new Map([
  ...[...nodeVectors()].filter(([name]) => name.startsWith('block')),
  ['a Block without entries', emptyBlockNode(16_848_004)],
  ['a Block of 30 entries', blockNode(254_170_887, 30, [254_170_886, 1_710_441_678, 234_724_352])],
  ['a Block of 300 entries', blockNode(7, 300, [5, 0, null])],
  ['a Block without a height', blockNode(7, 3, [5, 1_600_000_000])],
  ['a Block without a time', blockNode(7, 3, [5, null, 4])],
  ['a Block before 1970', blockNode(7, 3, [5, -3, 4])],
]);

function wholeFacts(bytes: Uint8Array): BlockFacts | undefined {
  try {
    const node = decodeLedgerNode(bytes, 0, bytes.length);
    if (node.kind !== NODE_KIND.block) return undefined;
    const { slot, parentSlot, blockTime, blockHeight, entries } = node;
    return { slot, parentSlot, blockTime, blockHeight, entryCount: entries.length };
  } catch (error) {
    if (error instanceof OperatingError) return undefined;
    throw error;
  }
}

function quickFacts(bytes: Uint8Array, start = 0, end = bytes.length): BlockFacts | undefined {
  try {
    return readBlockFacts(bytes, start, end);
  } catch (error) {
    if (error instanceof OperatingError && error.code === 'RECORD_MALFORMED') return undefined;
    throw error;
  }
}

for (const [name, bytes] of blocks) {
  test(`the facts of ${name} are those of the whole decoder, wherever it stands in its bytes`, () => {
    const expected = wholeFacts(bytes);
    assert(expected !== undefined);
    assert.deepEqual(quickFacts(bytes), expected);
    const framed = Buffer.concat([Buffer.alloc(13, 0x82), bytes, Buffer.alloc(9, 0x41)]);
    assert.deepEqual(quickFacts(framed, 13, 13 + bytes.length), expected);
  });

  test(`a changed byte in ${name} changes both answers alike`, () => {
    const positions = fc.nat({ max: bytes.length - 1 });
    fc.assert(
      fc.property(positions, fc.integer({ min: 1, max: 255 }), (at, change) => {
        const mutated = Buffer.from(bytes);
        mutated[at] = (mutated[at] ?? 0) ^ change;
        const expected = wholeFacts(mutated);
        if (expected !== undefined) assert.deepEqual(quickFacts(mutated), expected);
        else quickFacts(mutated);
      }),
      { numRuns: 400 },
    );
  });

  test(`${name} cut off before its last fields is refused`, () => {
    for (const length of [0, 1, 2, 5, Math.floor(bytes.length / 2), bytes.length - 20]) {
      assert.equal(quickFacts(bytes.subarray(0, length)), undefined, `${length} bytes`);
    }
  });
}

test('a node of another kind is refused', () => {
  for (const [name, bytes] of nodeVectors()) {
    if (name.startsWith('block')) continue;
    assert.throws(() => readBlockFacts(bytes, 0, bytes.length), { code: 'RECORD_MALFORMED' }, name);
  }
});

test('a Block written with longer numbers than needed is read all the same', () => {
  const slot = Buffer.from('1b0000000000000007', 'hex');
  const bytes = Buffer.concat([
    ...[Buffer.of(0x86, 2), slot, encode([]), encode([])],
    ...[encode([5, 1_600_000_000, 3]), noRewards],
  ]);
  const facts = { slot: 7, parentSlot: 5, blockTime: 1_600_000_000, blockHeight: 3, entryCount: 0 };
  assert.deepEqual(quickFacts(bytes), facts);
});
