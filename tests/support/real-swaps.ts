import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import type { ChainSwaps } from '../../src/model/swap.ts';
import { decodeSwapsOfFile } from '../../src/pipelines/swaps/swaps-decode.ts';
import { priceSwap } from '../../src/protocols/market/price-swap.ts';
import { tempFolder } from './temp-folder.ts';

export const REAL_SLOT = 254_170_887;
const REAL_BLOCK = new URL(`../fixtures/ledger/${REAL_SLOT}.json.zst`, import.meta.url);

/** Swaps of a whole real block, priced, in chain order. */
export async function realSwaps(t: TestContext): Promise<ChainSwaps[]> {
  const text = zstdDecompressSync(readFileSync(REAL_BLOCK)).toString();
  const answer = JSON.parse(text);
  const { blockTime } = answer.result ?? answer;
  const file = join(tempFolder(t), `${REAL_SLOT}.json`);
  writeFileSync(file, text);
  const found: ChainSwaps[] = [];
  const { signal } = new AbortController();
  for await (const decoded of decodeSwapsOfFile(file, { generic: false }, signal)) {
    const { signature, transactionIndex } = decoded;
    if (decoded.swaps.length === 0 || transactionIndex === null) continue;
    const place = { slot: REAL_SLOT, txIndex: transactionIndex, signature, blockTime };
    found.push({ ...place, swaps: decoded.swaps.map(priceSwap) });
  }
  return found;
}
