import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { firstSlotOfEpoch } from '../../../src/core/epoch.ts';
import { slotRange } from '../../../src/core/slot-range.ts';
import { LookupTableMemory } from '../../../src/decode/lookup-table-memory.ts';
import { packArchive } from '../../../src/pack/pack-archive.ts';
import type { PackBlock } from '../../../src/pack/pack-block.ts';
import { readPackInput } from '../../../src/pack/read-pack-input.ts';
import { CREATOR_FRAME_LIMITS, type SlotFrameLimits } from '../../../src/pack/slot-writer.ts';
import { decodeSwapsOfFile } from '../../../src/pipelines/swaps/swaps-decode.ts';
import { rangeHeaders, startArchiveServer } from '../../support/archive-server.ts';
import { swapAlone, swapsOfArchive } from '../../support/swaps-of-archive.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Goal: a shard gives the swaps of its slots as their JSON gives them, whole slots only, whatever happens on the way. */

const REAL_SLOT = 254_170_887;
const EPOCH = 588;
const samples = fileURLToPath(new URL('../../../data/samples', import.meta.url));
const packedBlock = fileURLToPath(
  new URL(`../../fixtures/ledger/${REAL_SLOT}.json.zst`, import.meta.url),
);
const range = slotRange(REAL_SLOT, REAL_SLOT + 1);
const { signal } = new AbortController();

/** What decoding the block's JSON finds. */
async function swapsOfJson(t: TestContext, generic: boolean) {
  const file = join(tempFolder(t), `${REAL_SLOT}.json`);
  writeFileSync(file, zstdDecompressSync(readFileSync(packedBlock)));
  const found = [];
  for await (const decoded of decodeSwapsOfFile(file, { generic }, signal)) {
    const { slot, transactionIndex: txIndex, signature, swaps } = decoded;
    if (swaps.length > 0) found.push({ slot, txIndex, signature, swaps });
  }
  return found;
}

interface PackedBlocks {
  readonly frameLimits?: SlotFrameLimits;
  readonly change?: (block: PackBlock) => PackBlock[];
}

/** An archive of the real block, or of what is made of it. */
async function packReal(outDir: string, { frameLimits, change }: PackedBlocks): Promise<void> {
  const { value: block } = await readPackInput([packedBlock], signal).next();
  assert(block);
  const blocks = change?.(block) ?? [block];
  const limits = frameLimits ?? CREATOR_FRAME_LIMITS;
  await packArchive({ epoch: EPOCH, outDir, blocks, frameLimits: limits }, signal);
}

for (const generic of [false, true]) {
  test(`a real block gives the swaps of its JSON${generic ? ', guesses too' : ''}`, async (t) => {
    const expected = await swapsOfJson(t, generic);
    const { transactions, slots, result } = await swapsOfArchive({ base: samples, range, generic });
    const found = transactions.map(({ blockTime, swaps, ...rest }) => {
      assert.equal(blockTime, 1_710_441_678);
      return { ...rest, swaps: swaps.map(swapAlone) };
    });
    assert.deepEqual(found, expected);
    const all = found.flatMap(({ swaps }) => swaps);
    assert.equal(all.filter(({ confidence }) => confidence !== 'generic').length, 58);
    assert.deepEqual(slots, [
      { slot: REAL_SLOT, transactions: 602, votes: 158, blockTime: 1_710_441_678 },
    ]);
    assert.equal(result.counters.votes, 158);
  });
}

test('swaps are counted by program, mismatches by program and reason', async () => {
  const { counts } = await swapsOfArchive({ base: samples, range });
  assert.deepEqual(counts, {
    transactions: 33,
    swaps: [
      { program: 'raydium_amm_v4', count: 23 },
      { program: 'orca_whirlpool', count: 16 },
      { program: 'meteora_dlmm', count: 7 },
      { program: 'phoenix', count: 2 },
      { program: 'meteora_damm_v1', count: 4 },
      { program: 'raydium_clmm', count: 3 },
      { program: 'lifinity_v2', count: 3 },
    ],
    mismatches: [{ program: 'meteora_damm_v1', reason: 'event-amount-in', count: 2 }],
  });
});

test('only transactions that may hold a swap are decoded, fewer once lookup tables are known', async () => {
  const tables = new LookupTableMemory(256);
  const first = await swapsOfArchive({ base: samples, range, tables });
  const second = await swapsOfArchive({ base: samples, range, tables });
  assert.deepEqual(second.transactions, first.transactions);
  const [once, twice] = [first, second].map(({ result }) => result.counters.metadataDecoded);
  assert(once !== undefined && twice !== undefined);
  assert(twice < once && once < 444, `${twice} < ${once} < 444 transactions that are no vote`);
});

test('payloads in many frames give the same swaps', async (t) => {
  const base = tempFolder(t);
  const transaction = { firstBytesMax: 100, nextBytesMax: 100 };
  await packReal(base, { frameLimits: { ...CREATOR_FRAME_LIMITS, transaction } });
  const whole = await swapsOfArchive({ base: samples, range });
  const frames = await swapsOfArchive({ base, range });
  assert.deepEqual(frames.transactions, whole.transactions);
  assert.deepEqual(frames.counts, whole.counts);
  assert.equal(frames.result.counters.votes, 158);
});

test('a block whose time is unknown gives swaps without time', async (t) => {
  const base = tempFolder(t);
  await packReal(base, { change: (block) => [{ ...block, blockTime: 0 }] });
  const { transactions, slots } = await swapsOfArchive({ base, range });
  assert(transactions.length > 0);
  assert(transactions.every(({ blockTime }) => blockTime === null));
  assert.deepEqual(
    slots.map(({ blockTime }) => blockTime),
    [0],
  );
});

/** The real block three times, in a row. */
async function packThree(outDir: string): Promise<readonly number[]> {
  const slots = [0, 1, 2].map((n) => REAL_SLOT + n);
  await packReal(outDir, {
    change: (block) => slots.map((slot) => ({ ...block, slot, parentSlot: slot - 1 })),
  });
  return slots;
}

/** Where the bytes of a slot stand in the CAR, as slot-ranges tells it. */
function placeOf(base: string, slot: number): { offset: number; length: number } {
  const bytes = readFileSync(join(base, `${EPOCH}/epoch-${EPOCH}-slot-ranges.raw`));
  const at = (slot - firstSlotOfEpoch(EPOCH)) * 12;
  return { offset: Number(bytes.readBigUInt64LE(at)), length: bytes.readUInt32LE(at + 8) };
}

test('whole slots are handed over in order, each before the next is read', async (t) => {
  const base = tempFolder(t);
  const slots = await packThree(base);
  const three = slotRange(REAL_SLOT, REAL_SLOT + 3);
  const { calls, transactions } = await swapsOfArchive({ base, range: three });
  const expected = slots.flatMap((slot) => [
    ...Array.from({ length: transactions.length / 3 }, () => `swaps ${slot}`),
    `slot ${slot}`,
    'flush',
  ]);
  assert.deepEqual(calls, expected);
});

test('of a slot that cannot be read nothing is handed over and nothing counted', async (t) => {
  const base = tempFolder(t);
  const [first, broken, last] = await packThree(base);
  assert(first !== undefined && broken !== undefined && last !== undefined);
  const carPath = join(base, `${EPOCH}/epoch-${EPOCH}.car`);
  const car = readFileSync(carPath);
  const { offset, length } = placeOf(base, broken);
  // In the Block, so that every swap of the slot was found before.
  const at = offset + length - 3;
  car[at] = (car[at] ?? 0) ^ 1;
  writeFileSync(carPath, car);
  const three = slotRange(first, last + 1);
  const { transactions, slots, counts, result } = await swapsOfArchive({ base, range: three });
  assert.deepEqual(
    result.quarantined.map(({ slot }) => slot),
    [broken],
  );
  assert.deepEqual(
    slots.map(({ slot }) => slot),
    [first, last],
  );
  assert(!transactions.some(({ slot }) => slot === broken));
  assert.equal(counts.transactions, transactions.length);
});

test('a slot that is read again is handed over once', async (t) => {
  const base = tempFolder(t);
  const [first = 0, spoilt = 0, last = 0] = await packThree(base);
  const three = slotRange(first, last + 1);
  const clean = await swapsOfArchive({ base, range: three });
  const { offset, length } = placeOf(base, spoilt);
  const server = await startArchiveServer(base);
  t.after(() => server.close());
  let spoiltReplies = 0;
  server.fault = (exchange) => {
    const { request, response, bytes, range: asked } = exchange;
    const at = offset + length - 3;
    const isCar = request.url?.endsWith('.car') === true && request.headers.range !== undefined;
    if (!isCar || at < asked.start || at >= asked.end || spoiltReplies > 0) return false;
    spoiltReplies++;
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 1;
    response.writeHead(206, rangeHeaders(exchange));
    response.end(copy.subarray(asked.start, asked.end));
    return true;
  };
  const retried = await swapsOfArchive({ base: server.base, range: three });
  assert.equal(spoiltReplies, 1);
  assert.deepEqual(retried.result.quarantined, []);
  assert.deepEqual(retried.calls, clean.calls);
  assert.deepEqual(retried.transactions, clean.transactions);
  assert.deepEqual(retried.counts, clean.counts);
});

test('a slot with more swaps than allowed is given up', async () => {
  const limits = { slotRecordsBytesMax: 20 * 1024 };
  const { result, transactions } = await swapsOfArchive({ base: samples, range, limits });
  assert.equal(result.quarantined[0]?.error.code, 'RECORD_TOO_LARGE');
  assert.match(result.quarantined[0]?.error.message ?? '', /gather the swaps of slot 254170887/);
  assert.deepEqual(transactions, []);
});
