import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { epochOfSlot } from '../../src/core/epoch.ts';
import { slotRange } from '../../src/core/slot-range.ts';
import { buildLedgerTransaction } from '../../src/decode/ledger-transaction.ts';
import { decodeStatusMeta } from '../../src/decode/status-meta.ts';
import { ZSTD_MAGIC_LE, ZstdDecoder } from '../../src/decode/zstd.ts';
import type { Swap } from '../../src/model/swap.ts';
import { packArchive } from '../../src/pack/pack-archive.ts';
import { readPackInput } from '../../src/pack/read-pack-input.ts';
import { decodeSwapsOfFile } from '../../src/pipelines/swaps/swaps-decode.ts';
import { decodeSwaps } from '../../src/protocols/dex/decode-swaps.ts';
import { ledgerArchives, skipWithoutArchives } from '../support/ledger-archives.ts';
import { repackedBlocks } from '../support/repacked-blocks.ts';
import { swapAlone, swapsOfArchive } from '../support/swaps-of-archive.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Goal: swaps are found in the archive's own records, also in those that do not know how deep calls are nested. */

const zstd = new ZstdDecoder(64 << 20);

function decompress(payload: Uint8Array): Buffer {
  const stored = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const isFrame = stored.length > 3 && stored.readUInt32LE(0) === ZSTD_MAGIC_LE;
  return isFrame ? zstd.decompress(stored, 0, stored.length) : stored;
}

function tallyOf(car: Buffer): { swaps: Record<string, number>; mismatches: string[] } {
  const swaps: Record<string, number> = {};
  const mismatches: string[] = [];
  for (const { slot, transactions } of repackedBlocks(car)) {
    for (const [transactionIndex, { wire, metadata }] of transactions.entries()) {
      const meta = decodeStatusMeta(decompress(metadata), slot);
      if (meta === null) continue;
      const position = { slot, transactionIndex, blockTime: 0 };
      const transaction = buildLedgerTransaction({ ...position, wire, meta });
      const decoded = decodeSwaps(transaction, meta, { generic: false });
      for (const { program, confidence } of decoded.swaps) {
        const key = `${program} ${confidence}`;
        swaps[key] = (swaps[key] ?? 0) + 1;
      }
      for (const { program, reason } of decoded.mismatches) mismatches.push(`${program} ${reason}`);
    }
  }
  return { swaps, mismatches };
}

/** Epoch 308 (May 2022) records no stack heights; epoch 588 is the block that RPC gave too. */
const EXPECTED = new Map([
  [
    'archives/epoch-308-dbin-split-frames/epoch-308.car',
    { swaps: { 'raydium_amm_v4 checked': 7, 'orca_whirlpool transfers': 6 }, mismatches: [] },
  ],
  [
    'archives/epoch-588-photon/epoch-588.car',
    {
      swaps: {
        'raydium_amm_v4 checked': 23,
        'orca_whirlpool transfers': 16,
        'meteora_dlmm checked': 7,
        'phoenix transfers': 2,
        'meteora_damm_v1 differs': 2,
        'raydium_clmm checked': 3,
        'lifinity_v2 transfers': 3,
        'meteora_damm_v1 checked': 2,
      },
      mismatches: ['meteora_damm_v1 event-amount-in', 'meteora_damm_v1 event-amount-in'],
    },
  ],
]);

test('swaps of real archives agree with what the programs logged', {
  skip: skipWithoutArchives,
}, () => {
  let seen = 0;
  for (const { name, car } of ledgerArchives()) {
    const expected = EXPECTED.get(name);
    if (expected === undefined) continue;
    seen++;
    assert.deepEqual(tallyOf(car), expected, name);
  }
  assert.equal(seen, EXPECTED.size);
});

const dex = fileURLToPath(new URL('../../../shared/fixtures/dex/', import.meta.url));
const skipWithoutDex = existsSync(dex)
  ? false
  : 'the real blocks in ../shared/fixtures/dex are not here; they are no part of the project';
const { signal } = new AbortController();

/** Where transactions are put that do not tell their slot. */
const SOME_SLOT = 300_000_000;

interface SwapsInFile {
  readonly swaps: readonly { readonly signature: string; readonly swaps: readonly Swap[] }[];
  readonly mismatches: number;
}

/** What decoding a file of getBlock or getTransaction JSON finds. */
async function swapsOfJson(file: string): Promise<SwapsInFile> {
  const swaps = [];
  let mismatches = 0;
  for await (const decoded of decodeSwapsOfFile(file, { generic: false }, signal)) {
    mismatches += decoded.mismatches.length;
    if (decoded.swaps.length === 0) continue;
    swaps.push({ signature: decoded.signature, swaps: decoded.swaps });
  }
  return { swaps, mismatches };
}

/** Packs the file into an archive of its own and reads that as a shard. */
async function swapsOfPacked(file: string, outDir: string): Promise<SwapsInFile> {
  const { value: block } = await readPackInput([file], signal).next();
  assert(block);
  const { slot } = block;
  const options = { epoch: epochOfSlot(slot), outDir, blocks: [block], lookupIndexes: false };
  await packArchive(options, signal);
  const limits = { sectionBytesMax: 32 << 20, slotRecordsBytesMax: 64 << 20 };
  const range = slotRange(slot, slot + 1);
  const { transactions, counts } = await swapsOfArchive({ base: outDir, range, limits });
  return {
    swaps: transactions.map(({ signature, swaps }) => ({
      signature,
      swaps: swaps.map(swapAlone),
    })),
    mismatches: counts.mismatches.reduce((sum, { count }) => sum + count, 0),
  };
}

test('whole blocks packed into archives give the swaps of their JSON', {
  skip: skipWithoutDex,
}, async (t) => {
  for (const [slot, swapCount, mismatches] of [
    [254170887, 58, 2],
    [285000037, 140, 0],
  ] as const) {
    const file = join(dex, `blocks/${slot}.json`);
    const packed = await swapsOfPacked(file, tempFolder(t));
    assert.deepEqual(packed, await swapsOfJson(file));
    assert.equal(packed.mismatches, mismatches);
    assert.equal(packed.swaps.flatMap(({ swaps }) => swaps).length, swapCount);
  }
});

test('single transactions packed into archives give the swaps of their JSON', {
  skip: skipWithoutDex,
}, async (t) => {
  const folder = tempFolder(t);
  let files = 0;
  for (const name of readdirSync(join(dex, 'transactions'))) {
    const text = readFileSync(join(dex, 'transactions', name), 'utf8');
    // What is parsed already cannot be packed, since its bytes are gone; nor what was copied without its lookups.
    if (/"parsed":/.test(text) || name.startsWith('metamask_')) continue;
    const answer = JSON.parse(text);
    const listed = answer.result ?? answer;
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify({ slot: SOME_SLOT, ...listed }));
    assert.deepEqual(await swapsOfPacked(file, `${file}-archive`), await swapsOfJson(file), name);
    files++;
  }
  assert.equal(files, 80);
});
