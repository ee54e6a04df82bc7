import assert from 'node:assert/strict';
import test from 'node:test';
import { buildLedgerTransaction } from '../../src/decode/ledger-transaction.ts';
import { decodeStatusMeta } from '../../src/decode/status-meta.ts';
import { ZSTD_MAGIC_LE, ZstdDecoder } from '../../src/decode/zstd.ts';
import { decodeSwaps } from '../../src/protocols/dex/decode-swaps.ts';
import { ledgerArchives, skipWithoutArchives } from '../support/ledger-archives.ts';
import { repackedBlocks } from '../support/repacked-blocks.ts';

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
