import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { StatusMetaFields } from '../../../src/decode/status-meta-fields.ts';
import { createTransactionLayout, readTransaction } from '../../../src/decode/transaction.ts';
import { VOTE_PROGRAM } from '../../../src/decode/vote-transaction.ts';
import type { InvocationColumns } from '../../../src/model/ledger-stats.ts';
import { SlotStats } from '../../../src/protocols/ledger-stats/slot-stats.ts';
import type { StatsTransaction } from '../../../src/protocols/ledger-stats/stats-transaction.ts';
import { legacyTransaction } from '../../support/wire-transaction.ts';

/** Goal: what a transaction adds to its slot is what Jetstreamer's plugins add, also where chain data is odd. */

interface Made {
  /** Fill bytes of the static keys; 0x76 stands for the vote program. */
  readonly keys: readonly number[];
  readonly calls: readonly number[];
  readonly inner?: readonly number[];
  /** Fill bytes of loaded keys: writable ones, then read-only ones. */
  readonly loaded?: readonly [readonly number[], readonly number[]];
  readonly units?: number;
  readonly failed?: boolean;
  readonly isVote?: boolean;
}

const VOTE = 0x76;
const nothing = new Uint8Array();

function made(what: Made): StatsTransaction {
  const keys = what.keys.map((fill) => (fill === VOTE ? VOTE_PROGRAM : Buffer.alloc(32, fill)));
  const calls = what.calls.map((program) => ({ program, accounts: [], data: nothing }));
  const wire = Uint8Array.from(legacyTransaction(1, keys, calls));
  const layout = createTransactionLayout();
  readTransaction(wire, 0, wire.length, layout);
  const [writable, readonly] = what.loaded ?? [[], []];
  const metadata = Buffer.concat([...writable, ...readonly].map((fill) => Buffer.alloc(32, fill)));
  const fields = new StatusMetaFields();
  fields.failed = what.failed ?? false;
  fields.computeUnits = what.units ?? -1;
  for (const index of what.inner ?? []) fields.inner[fields.addInner() + 1] = index;
  for (const n of writable.keys()) fields.loadedWritable[fields.loadedWritableCount++] = n * 32;
  for (const n of readonly.keys()) {
    fields.loadedReadonly[fields.loadedReadonlyCount++] = (writable.length + n) * 32;
  }
  return {
    wire: new DataView(wire.buffer, wire.byteOffset, wire.length),
    ...{ layout, fields, isVote: what.isVote ?? false },
    metadata: new DataView(metadata.buffer, metadata.byteOffset, metadata.length),
  };
}

function statsOf(...all: readonly Made[]): SlotStats {
  const stats = newStats();
  for (const what of all) stats.add(made(what));
  return stats;
}

function newStats(): SlotStats {
  const variants = { inner: true, loaded: true };
  return new SlotStats({ variants, keysMax: 1000, random: () => 0.37 });
}

function firstByte(keys: Int32Array, key: number): number {
  return (keys[key * 8] ?? 0) & 0xff;
}

/** `program/vote` → count, errors, least, most, total. */
function calls(stats: SlotStats, of: InvocationColumns | null = stats.invocations) {
  assert(of !== null);
  const { counts, errors, minUnits, maxUnits, totalUnits } = of;
  const rows: [string, number[]][] = [];
  for (let row = 0; row < stats.keyCount * 2; row++) {
    if (counts[row] === 0) continue;
    rows.push([
      `${firstByte(stats.keys, row >> 1)}/${row & 1}`,
      [counts, errors, minUnits, maxUnits, totalUnits].map((column) => column[row] ?? -1),
    ]);
  }
  return Object.fromEntries(rows.sort());
}

/** Key → transactions that name it, and those that name or load it. */
function mentions({ keyCount, keys, mentions, loadedMentions }: SlotStats) {
  const rows = Array.from({ length: keyCount }, (_, key): [string, number[]] => [
    String(firstByte(keys, key)),
    [mentions[key] ?? 0, loadedMentions?.[key] ?? 0],
  ]);
  return Object.fromEntries(rows.sort());
}

test('compute units are divided without remainder by the instructions that count', () => {
  const stats = statsOf(
    { keys: [1, 2, 3], calls: [1, 1, 2], units: 100 },
    { keys: [1, 2], calls: [1], units: 7, failed: true },
  );
  assert.deepEqual(calls(stats), { '2/0': [3, 1, 7, 33, 73], '3/0': [1, 0, 33, 33, 33] });
});

test('units that the archive does not know count as none', () => {
  const stats = statsOf({ keys: [1, 2], calls: [1] });
  assert.deepEqual(calls(stats), { '2/0': [1, 0, 0, 0, 0] });
});

test('a program that is called by votes and by others has a row for each', () => {
  const stats = statsOf(
    { keys: [1, 2], calls: [1], units: 10, isVote: true, failed: true },
    { keys: [1, 2], calls: [1], units: 20 },
  );
  assert.deepEqual(calls(stats), { '2/0': [1, 0, 20, 20, 20], '2/1': [1, 1, 10, 10, 10] });
});

test('instructions of programs that are not among the static keys neither count nor share units', () => {
  const transaction = { keys: [1, 2], calls: [1, 2, 9], units: 90, loaded: [[5], []] } as const;
  const stats = statsOf(transaction);
  assert.deepEqual(calls(stats), { '2/0': [1, 0, 90, 90, 90] });
  assert.deepEqual(calls(stats, stats.treeInvocations), {
    '2/0': [1, 0, 45, 45, 45],
    '5/0': [1, 0, 45, 45, 45],
  });
});

test('the whole call tree counts inner instructions, with loaded programs and their units', () => {
  const stats = statsOf({
    ...{ keys: [1, 2], calls: [1], inner: [1, 2, 3, 4, 200], units: 100 },
    loaded: [[5, 6], [7]],
  });
  assert.deepEqual(calls(stats), { '2/0': [1, 0, 100, 100, 100] });
  assert.deepEqual(calls(stats, stats.treeInvocations), {
    '2/0': [2, 0, 20, 20, 40],
    '5/0': [1, 0, 20, 20, 20],
    '6/0': [1, 0, 20, 20, 20],
    '7/0': [1, 0, 20, 20, 20],
  });
});

test('one vote instruction anywhere makes a vote transaction, and unknown programs are no votes', () => {
  const { instructions } = statsOf(
    { keys: [1, 2, VOTE], calls: [1], inner: [2, 1] },
    { keys: [1, VOTE], calls: [1, 1, 77], inner: [77] },
    { keys: [1, 2], calls: [1], inner: [2], loaded: [[VOTE], []] },
    { keys: [1], calls: [] },
  );
  assert.deepEqual(
    { ...instructions },
    {
      voteInstructions: 3,
      otherInstructions: 6,
      voteTransactions: 2,
      otherTransactions: 2,
    },
  );
});

test('keys count once for each transaction that names them, and apart for each that loads them', () => {
  const stats = statsOf(
    { keys: [1, 2], calls: [1], loaded: [[5], [1]] },
    { keys: [1, 5], calls: [1] },
  );
  assert.deepEqual(mentions(stats), { 1: [2, 3], 2: [1, 1], 5: [1, 2] });
});

test('a slot that is counted anew, after another or after an error, counts as if it were the first', () => {
  const few = { keys: [1, 2, 3], calls: [1, 2], inner: [0], units: 11, failed: true };
  const stats = newStats();
  const many = Array.from({ length: 90 }, (_, n) => n + 1);
  stats.add(made({ keys: many, calls: many.slice(1), units: 1e6, loaded: [[201], [202]] }));
  stats.reset();
  stats.add(made(few));
  const fresh = statsOf(few);
  assert.deepEqual(calls(stats), calls(fresh));
  assert.deepEqual(mentions(stats), mentions(fresh));
  assert.deepEqual({ ...stats.instructions }, { ...fresh.instructions });
  stats.reset();
  assert.deepEqual(calls(stats), {});
  assert.deepEqual(mentions(stats), {});
});

test('the order of transactions does not matter', () => {
  const fill = fc.integer({ min: 1, max: 60 });
  const transaction = fc.record({
    keys: fc.uniqueArray(fill, { minLength: 1, maxLength: 6 }),
    calls: fc.array(fc.nat(7), { maxLength: 4 }),
    inner: fc.array(fc.nat(7), { maxLength: 4 }),
    loaded: fc.tuple(fc.array(fill, { maxLength: 2 }), fc.array(fill, { maxLength: 2 })),
    units: fc.nat(1_000_000),
    failed: fc.boolean(),
    isVote: fc.boolean(),
  });
  const lists = fc
    .array(transaction, { maxLength: 30 })
    .chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
  fc.assert(
    fc.property(lists, ([one, other]) => {
      const [a, b] = [statsOf(...one), statsOf(...other)];
      assert.deepEqual(calls(a), calls(b));
      assert.deepEqual(calls(a, a.treeInvocations), calls(b, b.treeInvocations));
      assert.deepEqual(mentions(a), mentions(b));
      assert.deepEqual({ ...a.instructions }, { ...b.instructions });
    }),
    { numRuns: 50 },
  );
});
