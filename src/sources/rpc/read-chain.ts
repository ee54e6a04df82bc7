import { OperatingError } from '../../core/errors.ts';
import type { ChainBlock } from '../../model/follow-task.ts';
import type { BlockReader, RpcBlock, RpcBlockHeader } from './block-reader.ts';

/** Where a chain of blocks begins: behind a known block, or at a slot that no block of it precedes. */
export interface ChainStart {
  readonly start: number;
  /** The block before `start`; null where it is not known. */
  readonly previous: ChainBlock | null;
}

/**
 * Reads the blocks of `slots` in order, so many at once, and proves that each is the child of the one before: what
 * lies between two blocks was skipped then. At most `concurrency` blocks are held.
 * @throws {OperatingError} RPC_UNREACHABLE (retryable) where the chain breaks; else as `BlockReader.readBlock`.
 */
export async function* readChain(
  reader: BlockReader,
  { start, previous, slots, concurrency }: ChainStart & ChainSlots,
  signal: AbortSignal,
): AsyncGenerator<RpcBlock> {
  const scope = new AbortController();
  const reading = AbortSignal.any([signal, scope.signal]);
  const ahead: Promise<RpcBlock>[] = [];
  let next = 0;
  const readAhead = (): void => {
    for (; next < slots.length && ahead.length < concurrency; next++) {
      const block = reader.readBlock(slots[next] ?? 0, reading);
      // Its turn to be waited for may never come.
      block.catch(() => {});
      ahead.push(block);
    }
  };
  let last: ChainStart = { start, previous };
  try {
    for (readAhead(); ahead.length > 0; readAhead()) {
      const block = await ahead[0];
      if (block === undefined) return;
      requireChild(block, last);
      yield block;
      ahead.shift();
      const { slot, blockhash } = block;
      last = { start: slot + 1, previous: { slot, blockhash } };
    }
  } finally {
    scope.abort();
    await Promise.allSettled(ahead);
  }
}

interface ChainSlots {
  /** Ascending; each was listed as having a block. */
  readonly slots: readonly number[];
  readonly concurrency: number;
}

/** @throws {OperatingError} RPC_UNREACHABLE (retryable) when a block between the two lacks, or they are of two chains. */
export function requireChild(block: RpcBlockHeader, { start, previous }: ChainStart): void {
  // The first block of a chain is its own parent.
  if (block.slot === 0 && block.parentSlot === 0) return;
  const follows =
    previous === null
      ? block.parentSlot < start
      : block.parentSlot === previous.slot && block.previousBlockhash === previous.blockhash;
  if (follows && block.parentSlot < block.slot) return;
  const expected =
    previous === null
      ? `a parent before slot ${start}`
      : `parent ${previous.slot} with hash ${previous.blockhash}`;
  throw new OperatingError(
    'RPC_UNREACHABLE',
    `reading block ${block.slot}: expected ${expected}, received parent ${block.parentSlot} with hash ${block.previousBlockhash}; the endpoint's nodes disagree or a block lacks`,
    { retryable: true, fields: { slot: block.slot, parentSlot: block.parentSlot } },
  );
}
