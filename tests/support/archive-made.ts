import { join } from 'node:path';
import { firstSlotOfEpoch } from '../../src/core/epoch.ts';
import { packArchive } from '../../src/pack/pack-archive.ts';
import type { PackBlock } from '../../src/pack/pack-block.ts';
import { legacyTransaction } from './wire-transaction.ts';

export interface MadeArchive {
  readonly epoch: number;
  /** Present slots, ascending. */
  readonly slots: readonly number[];
  readonly folder: string;
  readonly carPath: string;
}

export interface MadeArchiveOptions {
  readonly epoch: number;
  readonly slots: readonly number[];
  /** Bytes that stand as metadata of the one transaction of the n-th slot. */
  readonly metadata?: (n: number) => Uint8Array;
}

/** Packs an archive of one transaction a slot, with all its indexes. */
export async function makeArchive(
  outDir: string,
  options: MadeArchiveOptions,
): Promise<MadeArchive> {
  const { epoch, slots, metadata = () => new Uint8Array() } = options;
  const blocks = slots.map(
    (slot, n): PackBlock => ({
      slot,
      parentSlot: slots[n - 1] ?? Math.max(0, slot - 1),
      blockTime: 1_600_000_000 + n,
      blockHeight: n,
      blockhash: null,
      previousBlockhash: null,
      transactions: [{ wire: transactionOf(slot), metadata: metadata(n) }],
      rewards: null,
    }),
  );
  const { folder } = await packArchive({ epoch, outDir, blocks }, new AbortController().signal);
  return { epoch, slots, folder, carPath: join(folder, `epoch-${epoch}.car`) };
}

/** Slots that are present with some holes: every one of the first `count` not divisible by 5. */
export function slotsWithHoles(epoch: number, count: number): number[] {
  const first = firstSlotOfEpoch(epoch) + 10;
  return Array.from({ length: count }, (_, n) => first + n).filter((slot) => slot % 5 !== 0);
}

/** Bytes that look random and are the same each time. */
export function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function transactionOf(slot: number): Uint8Array {
  const data = Buffer.alloc(8);
  data.writeBigUInt64LE(BigInt(slot));
  const keys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  return legacyTransaction(1, keys, [{ program: 1, accounts: [0], data }]);
}
