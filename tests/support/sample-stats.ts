import { readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import { sampleTransactions } from './sample-archive.ts';
import { type BlockAnswer, statsOfBlock } from './stats-oracle.ts';
import { compareRows, type StatsRow } from './stats-tables.ts';

/** Slots of epoch 588 that the sample archive holds, as the command line takes them. */
export const SAMPLE_STATS_SLOTS = '254170887:254170950';

const REAL_SLOT = 254_170_887;
const REAL_BLOCK = new URL(`../fixtures/ledger/${REAL_SLOT}.json.zst`, import.meta.url);

/** What stands in every table after epoch 588 of the samples was counted, from JSON that never was an archive. */
export function sampleStats(): Readonly<Record<string, readonly StatsRow[]>> {
  const tables: Record<string, StatsRow[]> = {};
  for (const [slot, block] of sampleBlocks()) {
    for (const [table, rows] of Object.entries(statsOfBlock(slot, block))) {
      tables[table] = [...(tables[table] ?? []), ...rows].sort(compareRows);
    }
  }
  return tables;
}

function sampleBlocks(): ReadonlyMap<number, BlockAnswer> {
  const answer = JSON.parse(zstdDecompressSync(readFileSync(REAL_BLOCK)).toString());
  const blocks = new Map<number, BlockAnswer>([[REAL_SLOT, answer.result ?? answer]]);
  for (const { slot, transaction, meta } of sampleTransactions()) {
    const { transactions } = blocks.get(slot) ?? { transactions: [] };
    blocks.set(slot, { transactions: [...transactions, { transaction, meta }] });
  }
  return blocks;
}
