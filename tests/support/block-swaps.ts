import { readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import type { ChainSwaps } from '../../src/model/swap.ts';
import { decodeSwapsOfJson } from '../../src/pipelines/swaps/swaps-decode.ts';
import { priceSwap } from '../../src/protocols/market/price-swap.ts';

/** Slot, time and swaps of the real block that the fixtures and the sample archive hold. */
export const BLOCK_SLOT = 254_170_887;
export const BLOCK_SWAPS = 58;
export const BLOCK_SWAP_TRANSACTIONS = 33;

/** The swaps of that block, decoded from its JSON. */
export function blockSwaps(): ChainSwaps[] {
  const packed = readFileSync(
    new URL(`../fixtures/ledger/${BLOCK_SLOT}.json.zst`, import.meta.url),
  );
  const block = JSON.parse(zstdDecompressSync(packed).toString('utf8'));
  const source = { name: 'the block', slot: BLOCK_SLOT, generic: false };
  return [...decodeSwapsOfJson(block, source)].flatMap((decoded) => {
    const { transactionIndex, signature, swaps } = decoded;
    if (swaps.length === 0 || transactionIndex === null) return [];
    return {
      ...{ slot: BLOCK_SLOT, txIndex: transactionIndex, signature },
      blockTime: block.blockTime,
      swaps: swaps.map(priceSwap),
    };
  });
}
