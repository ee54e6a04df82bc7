import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CarReader } from '@ipld/car';
import { decode } from '@ipld/dag-cbor';
import { decodeBase58, encodeBase58 } from '../../src/core/base58.ts';
import { OperatingError } from '../../src/core/errors.ts';
import { type PackResult, packArchive } from '../../src/pack/pack-archive.ts';
import type { PackBlock } from '../../src/pack/pack-block.ts';
import { readPackInput } from '../../src/pack/read-pack-input.ts';
import { carSections } from '../support/car-sections.ts';
import { repackedBlocks } from '../support/repacked-blocks.ts';

/** Goal: what is packed is a whole archive that independent readers understand, or nothing at all. */

const REAL_BLOCK = fileURLToPath(new URL('../fixtures/ledger/254170887.json.zst', import.meta.url));
const running = new AbortController().signal;

function outFolder(t: TestContext): string {
  const outDir = mkdtempSync(join(tmpdir(), 'millrace-pack-'));
  t.after(() => rmSync(outDir, { recursive: true }));
  return outDir;
}

async function realBlock(): Promise<PackBlock> {
  for await (const block of readPackInput([REAL_BLOCK], running)) return block;
  throw new Error('the fixture holds no block');
}

/** The real block followed by made-up slots with some of its transactions. */
async function blocks(): Promise<PackBlock[]> {
  const real = await realBlock();
  const made = [3, 4, 9].map((after) => ({
    ...real,
    slot: real.slot + after,
    parentSlot: real.slot,
    blockHeight: null,
    blockhash: null,
    previousBlockhash: null,
    transactions: real.transactions.slice(after * 10, after * 10 + 40),
    rewards: null,
  }));
  return [real, ...made];
}

function readCar(result: PackResult): Buffer {
  return readFileSync(join(result.folder, 'epoch-588.car'));
}

test('every CID is the hash of its node, and every link leads to a node', async (t) => {
  const result = await packArchive(
    { epoch: 588, outDir: outFolder(t), blocks: await blocks() },
    running,
  );
  const reader = await CarReader.fromBytes(readCar(result));
  const roots = await reader.getRoots();
  assert.deepEqual(roots.map(String), [result.root]);
  const known = new Set<string>();
  const linked = new Set<string>(roots.map(String));
  for await (const { cid, bytes } of reader.blocks()) {
    assert.equal(Buffer.from(cid.multihash.digest).toString('hex'), hash('sha256', bytes, 'hex'));
    known.add(String(cid));
    for (const link of linksIn(decode(bytes))) linked.add(link);
  }
  linked.delete('bafkqaaa');
  assert.equal(known.size, result.sections);
  assert.deepEqual([...linked].sort(), [...known].sort());
});

function linksIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(linksIn);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  return [String(value)];
}

test('slot ranges lead from the first section of a slot to behind its Block', async (t) => {
  const result = await packArchive(
    { epoch: 588, outDir: outFolder(t), blocks: await blocks() },
    running,
  );
  const expected = Buffer.alloc(432_000 * 12);
  let start = 59;
  for (const { node, offset, size } of carSections(readCar(result))) {
    if (node[0] !== 2) continue;
    const at = (Number(node[1]) % 432_000) * 12;
    expected.writeBigUInt64LE(BigInt(start), at);
    expected.writeUInt32LE(offset + size - start, at + 8);
    start = offset + size;
  }
  assert(readFileSync(join(result.folder, 'epoch-588-slot-ranges.raw')).equals(expected));
  assert.equal(
    readFileSync(join(result.folder, '588.slots.txt'), 'utf8'),
    '254170887\n254170890\n254170891\n254170896\n',
  );
  assert.equal(readFileSync(join(result.folder, 'epoch-588.cid'), 'utf8'), `${result.root}\n`);
});

test('a real block keeps its facts (slot 254170887, figures by an independent reader)', async (t) => {
  const result = await packArchive(
    { epoch: 588, outDir: outFolder(t), blocks: [await realBlock()] },
    running,
  );
  assert.deepEqual([result.slots, result.transactions], [1, 602]);
  const sections = [...carSections(readCar(result))];
  const entries = sections.filter(({ node }) => node[0] === 1);
  const block = sections.find(({ node }) => node[0] === 2);
  const transactions = sections.filter(({ node }) => node[0] === 0);
  assert.equal(entries.length, 20);
  assert.equal(
    encodeBase58(entries.at(-1)?.node[2] as Uint8Array),
    '5GG5pzTbH6KgZM54M9XWfBNmBupQuZXdQxoZRRQXHcpM',
  );
  assert.deepEqual(block?.node[4], [254170886, 1710441678, 234724352]);
  assert.deepEqual(
    transactions.map(({ node }) => node[4]),
    transactions.map((_, i) => i),
  );
  const wire = (transactions[0]!.node[1] as unknown[])[4] as Uint8Array;
  assert.equal(
    encodeBase58(wire.subarray(1, 65)),
    '5jTJvxixXk6GJEoQeQEZQUKAeebfUW9DePMtc8HtUMvMpSDTTgHG4iiEiynwFwbNi7LfjRHEeNsv7LXKZYRW8drs',
  );
});

test('payloads over the limit are split and join to the same bytes again', async (t) => {
  const limits = { firstBytesMax: 100, nextBytesMax: 70 };
  const frameLimits = { transaction: limits, rewards: { firstBytesMax: 20, nextBytesMax: 9 } };
  const real = await realBlock();
  const result = await packArchive(
    { epoch: 588, outDir: outFolder(t), blocks: [real], frameLimits },
    running,
  );
  const car = readCar(result);
  const [again] = [...repackedBlocks(car)];
  assert.deepEqual(again?.transactions.map(plain), real.transactions.map(plain));
  assert.deepEqual(Buffer.from(again?.rewards ?? []), real.rewards);
  const frames = [...carSections(car)].filter(({ node }) => node[0] === 6);
  assert(frames.length > 2000);
  for (const { node } of frames) {
    assert((node[4] as Uint8Array).length <= 70);
    assert((node[5] as unknown[]).length <= 5);
  }
});

function plain({ wire, metadata }: { wire: Uint8Array; metadata: Uint8Array }): string[] {
  return [Buffer.from(wire).toString('hex'), Buffer.from(metadata).toString('hex')];
}

test('made entries prove their hash chain from the true blockhash on', async (t) => {
  const all = await blocks();
  const result = await packArchive({ epoch: 588, outDir: outFolder(t), blocks: all }, running);
  let state: Buffer = Buffer.from(
    decodeBase58('5GG5pzTbH6KgZM54M9XWfBNmBupQuZXdQxoZRRQXHcpM') ?? [],
  );
  let proven = 0;
  let signatures: Buffer[] = [];
  let slot = 0;
  for (const { node } of carSections(readCar(result))) {
    if (node[0] === 0) {
      const wire = Buffer.from((node[1] as unknown[])[4] as Uint8Array);
      for (let i = 0; i < wire[0]!; i++) signatures.push(wire.subarray(1 + i * 64, 65 + i * 64));
    }
    if (node[0] === 2) slot++;
    if (node[0] !== 1) continue;
    const leaves = signatures;
    signatures = [];
    if (slot === 0) continue;
    const hashes = Number(node[1]);
    for (let i = leaves.length > 0 ? 1 : 0; i < hashes; i++) state = sha(state);
    if (leaves.length > 0) state = sha(state, merkleRoot(leaves));
    assert.deepEqual(Buffer.from(node[2] as Uint8Array), state);
    proven++;
  }
  assert.equal(proven, 9);
});

function sha(...parts: Buffer[]): Buffer {
  return Buffer.from(hash('sha256', Buffer.concat(parts), 'buffer'));
}

function merkleRoot(signatures: readonly Buffer[]): Buffer {
  let level = signatures.map((signature) => sha(Buffer.from([0]), signature));
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      above.push(sha(Buffer.from([1]), level[i]!, level[i + 1] ?? level[i]!));
    }
    level = above;
  }
  return level[0]!;
}

test('blocks out of order, of another epoch, or none at all leave no file behind', async (t) => {
  const outDir = outFolder(t);
  const [first, second] = await blocks();
  const wrong: [PackBlock[], RegExp][] = [
    [[], /expected at least one block, received none/],
    [[second!, first!], /expected a slot of that epoch after 254170890, received slot 254170887/],
    [[first!, first!], /expected a slot of that epoch after 254170887, received slot 254170887/],
    [
      [{ ...first!, slot: 432_000 * 589 }],
      /expected a slot of that epoch, received slot 254448000 of epoch 589/,
    ],
  ];
  for (const [given, message] of wrong) {
    await assert.rejects(packArchive({ epoch: 588, outDir, blocks: given }, running), (error) => {
      assert(error instanceof OperatingError);
      assert.equal(error.code, 'USAGE');
      assert.match(error.message, message);
      return true;
    });
    assert.deepEqual(readdirSync(join(outDir, '588')), []);
  }
});

test('an aborted job leaves no file behind', async (t) => {
  const outDir = outFolder(t);
  const controller = new AbortController();
  const [first, second] = await blocks();
  const interrupted = function* () {
    yield first!;
    controller.abort(new Error('stopped by the test'));
    yield second!;
  };
  await assert.rejects(
    packArchive({ epoch: 588, outDir, blocks: interrupted() }, controller.signal),
    /stopped by the test/,
  );
  assert.deepEqual(readdirSync(join(outDir, '588')), []);
});

test('an archive that is already there is not replaced', async (t) => {
  const outDir = outFolder(t);
  const options = { epoch: 588, outDir, blocks: await blocks(), lookupIndexes: false };
  const { folder, files } = await packArchive(options, running);
  const before = files.map((file) => readFileSync(join(folder, file)));
  await assert.rejects(packArchive(options, running), /found one; move it away/);
  assert.deepEqual(readdirSync(folder).sort(), [...files].sort());
  assert.deepEqual(
    files.map((file) => readFileSync(join(folder, file))),
    before,
  );
});
