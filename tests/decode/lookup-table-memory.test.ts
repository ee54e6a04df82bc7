import assert from 'node:assert/strict';
import test from 'node:test';
import { LookupTableMemory } from '../../src/decode/lookup-table-memory.ts';
import { StatusMetaFields } from '../../src/decode/status-meta-fields.ts';
import {
  createTransactionLayout,
  LOOKUP_STRIDE,
  type TransactionLayout,
} from '../../src/decode/transaction.ts';

interface Lookup {
  readonly table: number;
  readonly writable: readonly number[];
  readonly readonly: readonly number[];
}

/** Only what the memory looks at: table keys and entries, one lookup after another. */
function lookingUp(...lookups: readonly Lookup[]): { wire: Buffer; layout: TransactionLayout } {
  const layout = createTransactionLayout();
  const parts: Buffer[] = [];
  let at = 0;
  const put = (bytes: Buffer): number => {
    parts.push(bytes);
    at += bytes.length;
    return at - bytes.length;
  };
  for (const { table, writable, readonly } of lookups) {
    const key = Buffer.alloc(32);
    key.writeUInt32LE(table, 28);
    const cells = [put(key), put(Buffer.from(writable)), writable.length];
    cells.push(put(Buffer.from(readonly)), readonly.length);
    layout.lookups.set(cells, layout.lookupCount++ * LOOKUP_STRIDE);
  }
  return { wire: Buffer.concat(parts), layout };
}

function loaded(writable: number, readonly: number): StatusMetaFields {
  const fields = new StatusMetaFields();
  fields.loadedWritableCount = writable;
  fields.loadedReadonlyCount = readonly;
  return fields;
}

const first = lookingUp(
  { table: 1, writable: [0, 31, 32], readonly: [255] },
  { table: 2, writable: [], readonly: [7] },
);

test('what was learned is known in any transaction, entry by entry', () => {
  const memory = new LookupTableMemory(8);
  assert.equal(memory.knowsAllUnwanted(first.wire, first.layout), false);
  memory.learnUnwanted(first.wire, first.layout, loaded(3, 2));
  const known = lookingUp({ table: 2, writable: [7], readonly: [] });
  assert.equal(memory.knowsAllUnwanted(known.wire, known.layout), true);
  const all = lookingUp({ table: 1, writable: [255, 32], readonly: [0, 31] });
  assert.equal(memory.knowsAllUnwanted(all.wire, all.layout), true);
});

test('an entry or a table that nobody loaded before is not known', () => {
  const memory = new LookupTableMemory(8);
  memory.learnUnwanted(first.wire, first.layout, loaded(3, 2));
  for (const lookup of [
    { table: 1, writable: [0, 1], readonly: [] },
    { table: 2, writable: [], readonly: [0] },
    { table: 3, writable: [0], readonly: [] },
  ]) {
    const { wire, layout } = lookingUp(lookup);
    assert.equal(memory.knowsAllUnwanted(wire, layout), false, JSON.stringify(lookup));
  }
});

test('metadata that tells another number of keys teaches nothing', () => {
  const memory = new LookupTableMemory(8);
  for (const fields of [loaded(2, 2), loaded(3, 1), loaded(0, 0), loaded(2, 3)]) {
    memory.learnUnwanted(first.wire, first.layout, fields);
    assert.equal(memory.knowsAllUnwanted(first.wire, first.layout), false);
  }
});

test('it forgets when told so, and when more tables come than it holds', () => {
  const memory = new LookupTableMemory(4);
  memory.learnUnwanted(first.wire, first.layout, loaded(3, 2));
  memory.clear();
  assert.equal(memory.knowsAllUnwanted(first.wire, first.layout), false);
  memory.learnUnwanted(first.wire, first.layout, loaded(3, 2));
  for (let table = 10; table < 13; table++) {
    const { wire, layout } = lookingUp({ table, writable: [table], readonly: [] });
    memory.learnUnwanted(wire, layout, loaded(1, 0));
    assert.equal(memory.knowsAllUnwanted(wire, layout), true);
  }
  assert.equal(memory.knowsAllUnwanted(first.wire, first.layout), false);
  // The number that table 1 had belongs to another table now, which must not inherit its entries.
  const reused = lookingUp({ table: 12, writable: [0], readonly: [] });
  assert.equal(memory.knowsAllUnwanted(reused.wire, reused.layout), false);
});

test('keys that begin with the same bytes are told apart, or unknown, never mistaken', () => {
  const memory = new LookupTableMemory(64);
  for (let table = 0; table < 40; table++) {
    const { wire, layout } = lookingUp({ table, writable: [table], readonly: [] });
    memory.learnUnwanted(wire, layout, loaded(1, 0));
    const other = lookingUp({ table, writable: [table + 1], readonly: [] });
    assert.equal(memory.knowsAllUnwanted(other.wire, other.layout), false);
  }
});
