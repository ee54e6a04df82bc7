import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import test from 'node:test';
import {
  createSectionHasher,
  type HashedSections,
  type HashStrategy,
  type SectionHasher,
} from '../../src/decode/section-hasher.ts';

/** Goal: a wrong byte anywhere is found, whatever the strategy, the length and the number of sections. */

const strategies: readonly HashStrategy[] = ['simd', 'native', 'auto'];
let clock = 0;
const now = (): number => clock++;

/** Lays digest and node of each length one after another into the window. */
function fill(hasher: SectionHasher, lengths: readonly number[]): HashedSections {
  const total = lengths.reduce((sum, length) => sum + length + 32, 0);
  const window = hasher.grow(Math.max(total, hasher.window.length));
  const rows = lengths.length;
  const table = {
    nodeStarts: new Int32Array(rows),
    ends: new Int32Array(rows),
    digestStarts: new Int32Array(rows),
  };
  let at = 0;
  lengths.forEach((length, row) => {
    table.digestStarts[row] = at;
    table.nodeStarts[row] = at + 32;
    table.ends[row] = at + 32 + length;
    for (let k = 0; k < length; k++) window[at + 32 + k] = (k * 31 + row * 7 + 1) & 0xff;
    window.set(hash('sha256', window.subarray(at + 32, at + 32 + length), 'buffer'), at);
    at += 32 + length;
  });
  return table;
}

const everyPadding = [...Array(301).keys()];
const mixed = [...Array(2500).keys()].map((row) => (row * 7919) % 1300);

for (const strategy of strategies) {
  const make = () => createSectionHasher({ windowBytes: 64, strategy, now });

  test(`${strategy}: every length from 0 to 300 hashes as node:crypto does`, () => {
    const hasher = make();
    const table = fill(hasher, everyPadding);
    assert.equal(hasher.verify(table, 0, everyPadding.length), -1);
  });

  test(`${strategy}: lengths around a block's end keep their padding apart in one lane`, () => {
    const hasher = make();
    const lengths = [64, 63, 0, 55, 56, 119, 120, 1_000_000, 3, 64, 128];
    const table = fill(hasher, lengths);
    assert.equal(hasher.verify(table, 0, lengths.length), -1);
  });

  test(`${strategy}: more sections than one batch takes are checked, from and to are honoured`, () => {
    const hasher = make();
    const table = fill(hasher, mixed);
    assert.equal(hasher.verify(table, 0, mixed.length), -1);
    const { window } = hasher;
    window[table.digestStarts[2100]!]! ^= 1;
    assert.equal(hasher.verify(table, 0, mixed.length), 2100);
    assert.equal(hasher.verify(table, 0, 2100), -1);
    assert.equal(hasher.verify(table, 2101, mixed.length), -1);
    assert.equal(hasher.verify(table, 2100, 2101), 2100);
    assert.equal(hasher.verify(table, 5, 5), -1);
  });

  test(`${strategy}: the first of several bad sections is named`, () => {
    const hasher = make();
    const lengths = [5000, 10, 10, 10, 10, 9000, 10, 10, 10];
    const table = fill(hasher, lengths);
    for (const bad of [0, 1, 4, 5, 8]) hasher.window[table.digestStarts[bad]! + 31]! ^= 0x80;
    assert.equal(hasher.verify(table, 0, lengths.length), 0);
    assert.equal(hasher.verify(table, 1, lengths.length), 1);
    assert.equal(hasher.verify(table, 2, lengths.length), 4);
    assert.equal(hasher.verify(table, 6, lengths.length), 8);
  });

  test(`${strategy}: any flipped bit of a node is found`, () => {
    const hasher = make();
    const lengths = [7, 70, 130];
    const table = fill(hasher, lengths);
    lengths.forEach((length, row) => {
      for (let k = 0; k < length; k++) {
        const at = table.nodeStarts[row]! + k;
        hasher.window[at]! ^= 1 << (k & 7);
        assert.equal(hasher.verify(table, 0, 3), row);
        hasher.window[at]! ^= 1 << (k & 7);
      }
    });
    assert.equal(hasher.verify(table, 0, 3), -1);
  });
}

test('growing keeps the content of the window', () => {
  const hasher = createSectionHasher({ windowBytes: 100, strategy: 'simd', now });
  hasher.window.fill(7);
  const grown = hasher.grow(10_000_000);
  assert.equal(grown.length, 10_000_000);
  assert.equal(hasher.window, grown);
  assert(grown.subarray(0, 100).every((byte) => byte === 7));
});

test('two hashers do not share a window', () => {
  const one = createSectionHasher({ windowBytes: 100, strategy: 'simd', now });
  const two = createSectionHasher({ windowBytes: 100, strategy: 'simd', now });
  one.window.fill(1);
  assert(two.window.every((byte) => byte === 0));
});

test('a section outside the window is refused as a mistake of the caller', () => {
  const hasher = createSectionHasher({ windowBytes: 100, strategy: 'simd', now });
  const table = (start: number, end: number, digest: number): HashedSections => ({
    nodeStarts: Int32Array.of(start),
    ends: Int32Array.of(end),
    digestStarts: Int32Array.of(digest),
  });
  for (const wrong of [table(0, 101, 0), table(-1, 5, 0), table(9, 8, 0), table(0, 5, 69)]) {
    assert.throws(() => hasher.verify(wrong, 0, 1), { name: 'AssertionError' });
  }
});

test('auto keeps the strategy that its trials found quicker, and answers alike before and after', () => {
  let ticks = 0;
  const hasher = createSectionHasher({ windowBytes: 64, strategy: 'auto', now: () => ticks++ });
  const table = fill(hasher, [100, 200]);
  for (let round = 0; round < 100; round++) assert.equal(hasher.verify(table, 0, 2), -1);
  // Two readings a trial, 24 trials of each strategy, none afterwards.
  assert.equal(ticks, 96);
  hasher.window[table.nodeStarts[1]!]! ^= 1;
  assert.equal(hasher.verify(table, 0, 2), 1);
});
