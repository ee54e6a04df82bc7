import type { PackBlock, PackEntry, PackTransaction } from '../../src/pack/pack-block.ts';
import { carSections } from './car-sections.ts';

/** The blocks of a finished archive, ready to be packed again; frames are joined in file order. */
export function* repackedBlocks(car: Buffer): Generator<PackBlock> {
  let transactions: PackTransaction[] = [];
  let entries: PackEntry[] = [];
  let rewards: Buffer | null = null;
  let grouped = 0;
  const frames = new Map<string, readonly unknown[]>();
  for (const { cid, node } of carSections(car)) {
    const [kind] = node;
    if (kind === 6) frames.set(cid.toString('hex'), node);
    if (kind === 0) {
      const [, data, metadata] = node as [number, unknown[], unknown[]];
      transactions.push({ wire: joined(data, frames), metadata: joined(metadata, frames) });
    }
    if (kind === 1) {
      const [, numHashes, hash, links] = node as [number, number, Uint8Array, unknown[]];
      entries.push({ numHashes, hash, transactionCount: links.length });
      grouped += links.length;
    }
    if (kind === 5) rewards = joined(node[2] as unknown[], frames);
    if (kind !== 2) continue;
    if (grouped !== transactions.length) throw new Error('entries and transactions disagree');
    const [, slot, shredding, , [parentSlot, blockTime, blockHeight]] = node as [
      number,
      number,
      [number, number][],
      unknown,
      [number, number, number | null],
    ];
    yield {
      slot,
      parentSlot,
      blockTime,
      blockHeight,
      blockhash: null,
      previousBlockhash: null,
      transactions,
      rewards,
      entries,
      shredding: shredding.map(([entryEndIndex, shredEndIndex]) => ({
        entryEndIndex,
        shredEndIndex,
      })),
    };
    transactions = [];
    entries = [];
    rewards = null;
    grouped = 0;
    frames.clear();
  }
}

/** The whole payload that begins in `frame`. */
function joined(frame: readonly unknown[], frames: Map<string, readonly unknown[]>): Buffer {
  const pieces = new Map<number, Uint8Array>();
  const visit = (piece: readonly unknown[]): void => {
    pieces.set((piece[2] as number | null) ?? 0, piece[4] as Uint8Array);
    for (const link of (piece[5] ?? []) as { bytes: Uint8Array }[]) {
      const next = frames.get(Buffer.from(link.bytes).toString('hex'));
      if (next === undefined) throw new Error('a frame is missing');
      visit(next);
    }
  };
  visit(frame);
  const order = [...pieces.keys()].sort((a, b) => a - b);
  return Buffer.concat(order.map((index) => pieces.get(index) ?? Buffer.alloc(0)));
}
