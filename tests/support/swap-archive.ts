import { fileURLToPath } from 'node:url';
import type { SlotRange } from '../../src/core/slot-range.ts';
import type { ChainSwaps } from '../../src/model/swap.ts';
import { packArchive } from '../../src/pack/pack-archive.ts';
import type { PackBlock } from '../../src/pack/pack-block.ts';
import { readPackInput } from '../../src/pack/read-pack-input.ts';
import { BLOCK_SLOT, blockSwaps } from './block-swaps.ts';

const EPOCH = 588;
/** Enough for some windows of a minute among a few slots. */
const SECONDS_PER_SLOT = 25;
const packedBlock = fileURLToPath(
  new URL(`../fixtures/ledger/${BLOCK_SLOT}.json.zst`, import.meta.url),
);

export interface SwapArchive {
  readonly base: string;
  readonly range: SlotRange;
  /** The swaps of every slot, as they should stand in the tables. */
  readonly expected: readonly ChainSwaps[];
}

/**
 * An archive whose slots hold the transactions with swaps of the real block and nothing else; of the n-th slot those
 * that `keep` takes. `blockTime` null is a block without a time.
 */
export async function packSwapSlots(
  base: string,
  count: number,
  given: {
    readonly keep?: (swaps: ChainSwaps, n: number) => boolean;
    readonly timeOf?: (n: number) => number | null;
  } = {},
): Promise<SwapArchive> {
  const { signal } = new AbortController();
  const { value: real } = await readPackInput([packedBlock], signal).next();
  if (real === undefined) throw new Error('the fixture holds no block');
  const { keep = () => true, timeOf = (n) => real.blockTime + n * SECONDS_PER_SLOT } = given;
  const found = blockSwaps();
  const slots = Array.from({ length: count }, (_, n) => {
    const kept = found.filter((swaps) => keep(swaps, n));
    const slot = BLOCK_SLOT + n;
    const transactions = kept.flatMap(({ txIndex }) => real.transactions[txIndex] ?? []);
    const blockTime = timeOf(n);
    const { blockHeight, rewards } = real;
    const block: PackBlock = {
      ...{ slot, parentSlot: slot - 1, blockTime: blockTime ?? 0, blockHeight, rewards },
      ...{ blockhash: null, previousBlockhash: null, transactions },
    };
    return { block, swaps: kept.map((one, txIndex) => ({ ...one, slot, txIndex, blockTime })) };
  });
  const blocks = slots.map(({ block }) => block);
  await packArchive({ epoch: EPOCH, outDir: base, blocks }, signal);
  return {
    base,
    range: { start: BLOCK_SLOT, end: BLOCK_SLOT + count },
    expected: slots.flatMap(({ swaps }) => swaps),
  };
}
