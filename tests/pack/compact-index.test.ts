import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Wide } from '../../src/core/wide.ts';
import { xxhash64 } from '../../src/core/xxhash64.ts';
import { writeCompactIndex } from '../../src/pack/compact-index.ts';
import { eytzingerOrder } from '../../src/pack/eytzinger.ts';
import { nodeCid } from '../../src/pack/node-cid.ts';
import { SpoolFile } from '../../src/pack/spool-file.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: indexes hold every key once, whatever their number and order; the upstream bytes are an acceptance test. */

const signal = new AbortController().signal;
const identity = { epoch: 3, root: nodeCid(Buffer.from('root')), network: 'mainnet' };

test('Eytzinger order is the breadth-first order of a balanced search tree', () => {
  assert.deepEqual([...eytzingerOrder(7)], [3, 1, 5, 0, 2, 4, 6]);
  assert.deepEqual([...eytzingerOrder(6)], [3, 1, 5, 0, 2, 4]);
  assert.deepEqual([...eytzingerOrder(0)], []);
});

function key(i: number): Buffer {
  return Buffer.from(hash('sha256', `key ${i}`, 'buffer'));
}

function value(i: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(i);
  return bytes;
}

function build(folder: string, order: readonly number[], itemsExpected: number): Buffer {
  const spool = new SpoolFile(join(folder, `spool-${order.length}-${order[0]}`), 36);
  for (const i of order) spool.append(key(i), value(i));
  const path = join(folder, `index-${order.length}-${order[0]}`);
  writeCompactIndex(
    { path, identity, kind: 'sig-to-cid', spool, keyBytes: 32, itemsExpected },
    signal,
  );
  spool.close();
  return readFileSync(path);
}

/** A reader of its own: bucket by modulo, then a walk down the tree. */
function lookUp(index: Buffer, wanted: Buffer): number | undefined {
  const headEnd = 12 + index.readUInt32LE(8);
  const buckets = index.readUInt32LE(20);
  const bucket = Number(xxhash64(wanted, new Wide()).toBigInt() % BigInt(buckets));
  const at = headEnd + bucket * 16;
  const count = index.readUInt32LE(at + 4);
  const start = index.readUIntLE(at + 10, 6);
  const salted = Buffer.alloc(64);
  salted.writeUInt32LE(index.readUInt32LE(at));
  wanted.copy(salted, 32);
  const target = xxhash64(salted, new Wide()).low & 0xff_ffff;
  for (let k = 0; k < count; ) {
    const entry = start + k * 7;
    const found = index.readUIntLE(entry, 3);
    if (found === target) return index.readUInt32LE(entry + 3);
    k = 2 * k + (found < target ? 2 : 1);
  }
  return undefined;
}

test('every key is found in an index of several buckets, and the order of writing does not matter', (t) => {
  const folder = tempFolder(t);
  const order = Array.from({ length: 3000 }, (_, i) => i);
  const index = build(folder, order, 25_000);
  assert.equal(index.readUInt32LE(20), 3);
  for (const i of order) assert.equal(lookUp(index, key(i)), i);
  assert(index.equals(build(folder, order.toReversed(), 25_000)));
});

test('a key given twice stands once, with the later value', (t) => {
  const folder = tempFolder(t);
  const spool = new SpoolFile(join(folder, 'spool'), 36);
  for (const i of [1, 2]) spool.append(key(1), value(i));
  spool.append(key(3), value(3));
  const path = join(folder, 'index');
  writeCompactIndex(
    { path, identity, kind: 'sig-to-cid', spool, keyBytes: 32, itemsExpected: 3 },
    signal,
  );
  spool.close();
  const index = readFileSync(path);
  assert.equal(lookUp(index, key(1)), 2);
  assert.equal(lookUp(index, key(3)), 3);
  assert.equal(index.readUInt32LE(12 + index.readUInt32LE(8) + 4), 2);
});

test('an index over nothing is one empty bucket', (t) => {
  const folder = tempFolder(t);
  const index = build(folder, [], 0);
  assert.equal(index.readUInt32LE(20), 1);
  assert.equal(lookUp(index, key(1)), undefined);
});
