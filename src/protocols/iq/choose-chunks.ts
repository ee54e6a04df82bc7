import type { ChunkConflict } from '../../model/session-result.ts';
import { compareOnChain } from './chain-order.ts';
import type { ChunkEntry } from './session-evidence.ts';

export interface ChooseOptions {
  /** Only this signer's chunks count; null accepts everybody's, for nothing can be finished then. */
  readonly owner: string | null;
  readonly recoverFailed: boolean;
  /** Indexes from here on are ignored and counted. */
  readonly indexEnd: number;
  readonly conflictsMax: number;
}

export interface ChosenChunks<Ref> {
  /** One entry an index, ascending. */
  readonly chosen: readonly ChunkEntry<Ref>[];
  readonly conflicts: readonly ChunkConflict[];
  readonly conflictCount: number;
  /** Chosen entries that come from failed transactions. */
  readonly recoveredCount: number;
  readonly beyondCount: number;
  readonly foreignCount: number;
}

/**
 * Picks one copy of every chunk index: the last successful one on the chain, else, when asked to
 * recover and the owner is known, the last failed one. Each other copy of the same kind with other
 * bytes or another method is a conflict.
 */
export function chooseChunks<Ref>(
  entries: readonly ChunkEntry<Ref>[],
  options: ChooseOptions,
): ChosenChunks<Ref> {
  const sorted = distinct([...entries].sort((a, b) => a.index - b.index || compareOnChain(a, b)));
  const mayRecover = options.recoverFailed && options.owner !== null;
  const chosen: ChunkEntry<Ref>[] = [];
  const conflicts: ChunkConflict[] = [];
  const counts = { conflictCount: 0, recoveredCount: 0, beyondCount: 0, foreignCount: 0 };
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    const index = sorted[start]?.index ?? 0;
    while (end < sorted.length && sorted[end]?.index === index) end++;
    const copies = sorted.slice(start, end);
    const owned = copies.filter(({ signer }) => options.owner === null || signer === options.owner);
    counts.foreignCount += copies.length - owned.length;
    const successful = owned.filter(({ failed }) => !failed);
    if (index >= options.indexEnd) {
      counts.beyondCount += successful.length;
      continue;
    }
    const candidates = successful.length > 0 ? successful : mayRecover ? owned : [];
    const kept = candidates.at(-1);
    if (kept === undefined) continue;
    chosen.push(kept);
    if (kept.failed) counts.recoveredCount++;
    for (const copy of candidates) {
      if (copy.digest === kept.digest && copy.method === kept.method) continue;
      counts.conflictCount++;
      if (conflicts.length >= options.conflictsMax) continue;
      conflicts.push({ index, keptSignature: kept.signature, droppedSignature: copy.signature });
    }
  }
  return { chosen, conflicts, ...counts };
}

/** One instruction read twice, by two jobs, is still one instruction. */
function distinct<Ref>(sorted: readonly ChunkEntry<Ref>[]): ChunkEntry<Ref>[] {
  return sorted.filter((entry, i) => {
    const before = sorted[i - 1];
    return (
      before === undefined || before.index !== entry.index || compareOnChain(before, entry) !== 0
    );
  });
}
