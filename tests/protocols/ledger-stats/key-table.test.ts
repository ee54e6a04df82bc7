import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { KeyTable } from '../../../src/protocols/ledger-stats/key-table.ts';

/** Goal: every key of a slot has one number, whatever the keys are and however many slots went before. */

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function viewOf(keys: readonly Uint8Array[]): DataView {
  const bytes = Uint8Array.from(Buffer.concat(keys));
  return new DataView(bytes.buffer);
}

function keyOf(table: KeyTable, number: number): string {
  return Buffer.from(table.words.slice(number * 8, number * 8 + 8).buffer).toString('hex');
}

// Few different bytes and places, so that keys are often equal or differ in one bit only.
const key = fc
  .tuple(fc.constantFrom(0, 1, 0x80, 0xff), fc.nat(31), fc.constantFrom(0, 7))
  .map(([byte, at, fill]) => {
    const bytes = new Uint8Array(32).fill(fill);
    bytes[at] = byte;
    return bytes;
  });

test('keys are numbered in the order in which they first came, in every slot anew', () => {
  const slots = fc.array(fc.array(key, { minLength: 1, maxLength: 200 }), { maxLength: 5 });
  fc.assert(
    fc.property(slots, fc.nat(), (slots, seed) => {
      const table = new KeyTable({ keysMax: 1000, random: randomFrom(seed) });
      for (const keys of slots) {
        const view = viewOf(keys);
        const numbers = new Map<string, number>();
        for (const [i, bytes] of keys.entries()) {
          const hex = Buffer.from(bytes).toString('hex');
          if (!numbers.has(hex)) numbers.set(hex, numbers.size);
          assert.equal(table.find(view, i * 32), numbers.get(hex));
        }
        assert.equal(table.count, numbers.size);
        for (const [hex, number] of numbers) assert.equal(keyOf(table, number), hex);
        table.reset();
        assert.equal(table.count, 0);
      }
    }),
  );
});

test('many thousand keys are told apart while the table grows', () => {
  const count = 20_000;
  const keys = Array.from({ length: count }, (_, n) => {
    const bytes = Buffer.alloc(32);
    // Only the last four bytes differ, and only in their high bits.
    bytes.writeUInt32BE(n, 28);
    return bytes;
  });
  const view = viewOf(keys);
  const table = new KeyTable({ keysMax: count, random: randomFrom(1) });
  for (let slot = 0; slot < 3; slot++) {
    for (let n = 0; n < count; n++) assert.equal(table.find(view, n * 32), n);
    for (let n = 0; n < count; n += 7) assert.equal(table.find(view, n * 32), n);
    table.reset();
  }
});

test('one key more than allowed is an error, and the slot after it is counted', () => {
  const keys = [1, 2, 3, 4].map((fill) => new Uint8Array(32).fill(fill));
  const view = viewOf(keys);
  const table = new KeyTable({ keysMax: 3, random: randomFrom(1) });
  for (const at of [0, 32, 64, 0]) table.find(view, at);
  assert.throws(() => table.find(view, 96), { code: 'RECORD_TOO_LARGE' });
  table.reset();
  assert.equal(table.find(view, 96), 0);
});
