import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { DexParser } from 'solana-dex-parser';
import { LookupTableMemory } from '../src/decode/lookup-table-memory.ts';
import type { ChainSwaps } from '../src/model/swap.ts';
import type { VerifyLevel } from '../src/model/worker-task.ts';
import { readShard } from '../src/pipelines/archive/read-shard.ts';
import { SwapsSlotConsumer } from '../src/pipelines/swaps/swaps-slot-consumer.ts';
import { wantedForSwaps } from '../src/pipelines/swaps/wanted-for-swaps.ts';
import { decodeSwaps } from '../src/protocols/dex/decode-swaps.ts';
import { benchLimits } from './bench-limits.ts';
import { packSwapBlocks, type SwapBlock } from './swap-blocks.ts';
import { printMachine, type Timed, type TimedContestant, timeInterleaved } from './timed-rounds.ts';

/**
 * What finding the swaps of real blocks costs on one thread, from the sections of an archive to swaps, for each
 * transaction that is no vote; beside npm solana-dex-parser on the same transactions, which it is handed as objects.
 * Usage: node --import tsx bench/swaps.bench.ts [--rounds 7]
 */

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } });
const { signal } = new AbortController();
const wanted = wantedForSwaps(false);
const DECODES_PER_ROUND = 20;
const { slotRecordsBytesMax, sectionBytesMax } = benchLimits;

async function findSwaps(block: SwapBlock, verify: VerifyLevel) {
  const found = { swaps: 0, others: 0 };
  const tables = new LookupTableMemory(1024);
  const consumer = new SwapsSlotConsumer({
    ...{ generic: false, keys: wanted.keys, tables },
    onSwaps: (transactions: readonly ChainSwaps[]) => {
      for (const { swaps } of transactions) found.swaps += swaps.length;
    },
    onSlot: ({ transactions, votes }) => {
      found.others += transactions - votes;
      // Copies of a block load the same tables, which blocks of the chain do in part only.
      tables.clear();
      return false;
    },
    flush: async () => {},
    hasRequests: () => false,
    ...{ slotRecordsBytesMax, payloadBytesMax: sectionBytesMax },
  });
  const { archive, range } = block;
  const task = {
    ...{ shardId: 1, archive, range, verify, limits: benchLimits },
    cancel: new SharedArrayBuffer(8),
  };
  const result = await readShard({ task, wanted, consumer, onProgress: () => {} }, signal);
  assert(result.outcome === 'done' && result.quarantined.length === 0, JSON.stringify(result));
  return found;
}

async function findAllSwaps(blocks: readonly SwapBlock[], verify: VerifyLevel) {
  const sum = { swaps: 0, others: 0 };
  for (const block of blocks) {
    const { swaps, others } = await findSwaps(block, verify);
    sum.swaps += swaps;
    sum.others += others;
  }
  return sum;
}

/** @returns how many swaps one time of several finds. */
function decodeAlone(blocks: readonly SwapBlock[], times: number): number {
  let swaps = 0;
  for (let time = 0; time < times; time++) {
    for (const { transaction, meta } of blocks.flatMap(({ decoded }) => decoded)) {
      swaps += decodeSwaps(transaction, meta, { generic: false }).swaps.length;
    }
  }
  return swaps / times;
}

function withPeer(blocks: readonly SwapBlock[], method: 'parseTrades' | 'parseAll'): number {
  const parser = new DexParser();
  let trades = 0;
  for (const transaction of blocks.flatMap(({ peerTransactions }) => peerTransactions)) {
    const parsed = parser[method](transaction);
    trades += Array.isArray(parsed) ? parsed.length : parsed.trades.length;
  }
  return trades;
}

function perTransaction({ cpuMs, units }: Timed): number {
  return cpuMs / units;
}

using packed = await packSwapBlocks();
const { blocks } = packed;
const { swaps, others } = await findAllSwaps(blocks, 'none');
const peerUnits = blocks.flatMap(({ peerTransactions }) => peerTransactions).length;
const copies = blocks[0]?.copies ?? 1;
assert.equal(others, peerUnits * copies, 'both are given the same transactions');
assert.equal(decodeAlone(blocks, 1) * copies, swaps, 'both find the same swaps');
assert(withPeer(blocks, 'parseTrades') > 0, 'the peer understands its input');
const contestants: TimedContestant[] = [
  ...(['none', 'all'] as const).map((verify) => ({
    ...{ name: `archive to swaps, verify ${verify}`, units: others },
    work: async () => void (await findAllSwaps(blocks, verify)),
  })),
  {
    ...{ name: 'decodeSwaps alone', units: peerUnits * DECODES_PER_ROUND },
    work: async () => void decodeAlone(blocks, DECODES_PER_ROUND),
  },
  ...(['parseTrades', 'parseAll'] as const).map((method) => ({
    ...{ name: `solana-dex-parser, ${method}`, units: peerUnits },
    work: async () => void withPeer(blocks, method),
  })),
];
const timed = await timeInterleaved(contestants, Number(values.rounds));
const [swapsAlone, , , trades] = timed;
assert(swapsAlone !== undefined && trades !== undefined);
const slots = blocks.map(({ slot }) => slot).join(', ');
printMachine(
  `block ${slots}, ${copies} copies each: ${others} transactions that are no vote, ${swaps} swaps; ${values.rounds} rounds`,
);
for (const one of timed) {
  const microseconds = (perTransaction(one) * 1000).toFixed(1).padStart(8);
  const ratio = (perTransaction(one) / perTransaction(swapsAlone)).toFixed(2).padStart(7);
  console.log(`${one.name.padEnd(36)} ${microseconds} µs CPU a transaction  ${ratio} x the first`);
}
const milliseconds = perTransaction(swapsAlone).toFixed(4);
console.log(`archive to swaps: ${milliseconds} ms a transaction (goal: under 0.05)`);
const ratio = (perTransaction(trades) / perTransaction(swapsAlone)).toFixed(0);
console.log(`solana-dex-parser, parseTrades / archive to swaps: ${ratio} (goal: at least 50)`);
