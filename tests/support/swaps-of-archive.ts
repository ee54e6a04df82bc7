import type { SlotRange } from '../../src/core/slot-range.ts';
import { LookupTableMemory } from '../../src/decode/lookup-table-memory.ts';
import type { ChainSwaps, PricedSwap, Swap } from '../../src/model/swap.ts';
import type { SwapCounts } from '../../src/model/swap-tallies.ts';
import type { ShardResult, SlotStatusRow, WorkerLimits } from '../../src/model/worker-task.ts';
import { readShard } from '../../src/pipelines/archive/read-shard.ts';
import { SwapsSlotConsumer } from '../../src/pipelines/swaps/swaps-slot-consumer.ts';
import { wantedForSwaps } from '../../src/pipelines/swaps/wanted-for-swaps.ts';
import { archiveAt } from './archive-folder.ts';
import { smallLimits } from './run-shard.ts';

export interface SwapsOfArchiveOptions {
  readonly base: string;
  readonly range: SlotRange;
  readonly generic?: boolean;
  readonly limits?: Partial<WorkerLimits>;
  readonly tables?: LookupTableMemory;
}

export interface SwapsOfArchive {
  readonly result: ShardResult;
  readonly transactions: readonly ChainSwaps[];
  readonly slots: readonly SlotStatusRow[];
  readonly counts: SwapCounts;
  /** What the consumer did, in order: `swaps SLOT`, `slot SLOT`, `flush`. */
  readonly calls: readonly string[];
}

/** The swaps of a shard as a worker finds them; every slot asks for a flush. */
export async function swapsOfArchive(options: SwapsOfArchiveOptions): Promise<SwapsOfArchive> {
  const { base, range, generic = false, tables = new LookupTableMemory(256) } = options;
  const transactions: ChainSwaps[] = [];
  const slots: SlotStatusRow[] = [];
  const calls: string[] = [];
  const wanted = wantedForSwaps(generic);
  // Large enough for the blocks of mainnet.
  const limits = { ...smallLimits, slotRecordsBytesMax: 16 << 20, ...options.limits };
  const consumer = new SwapsSlotConsumer({
    ...{ generic, keys: wanted.keys, tables },
    onSwaps: (whole) => {
      calls.push(...whole.map(({ slot }) => `swaps ${slot}`));
      transactions.push(...whole);
    },
    onSlot: (status) => {
      calls.push(`slot ${status.slot}`);
      slots.push(status);
      return true;
    },
    flush: async () => void calls.push('flush'),
    hasRequests: () => false,
    slotRecordsBytesMax: limits.slotRecordsBytesMax,
    payloadBytesMax: limits.sectionBytesMax,
  });
  const task = {
    ...{ shardId: 1, archive: archiveAt(base), range, limits },
    ...({ verify: 'all', cancel: new SharedArrayBuffer(8) } as const),
  };
  const { signal } = new AbortController();
  const result = await readShard({ task, wanted, consumer, onProgress: () => {} }, signal);
  return { result, transactions, slots, counts: consumer.counts(), calls };
}

/** The swap without its price. */
export function swapAlone(priced: PricedSwap): Swap {
  const { baseMint, quoteMint, baseAmount, quoteAmount, price, ...swap } = priced;
  return swap;
}
