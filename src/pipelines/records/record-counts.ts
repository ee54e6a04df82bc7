import type { BatchOutcome } from '../../model/record-batch.ts';
import type { Gathered } from './record-gatherer.ts';

/** What a run came to, for whoever started it. */
export interface RecordCounts extends BatchOutcome {
  readonly frames: number;
  readonly rejected: number;
  readonly rejectedByReason: Readonly<Record<string, number>>;
}

export const emptyCounts: RecordCounts = {
  frames: 0,
  rejected: 0,
  rejectedByReason: {},
  inserted: 0,
  updated: 0,
  deleted: 0,
  skipped: 0,
  pending: 0,
  resolved: 0,
  deadLetters: 0,
  accounts: 0,
};

export function countOutcome(
  counts: RecordCounts,
  { frames, rejections }: Gathered,
  outcome: BatchOutcome | null,
): RecordCounts {
  const rejectedByReason = { ...counts.rejectedByReason };
  for (const { reason } of rejections) {
    rejectedByReason[reason] = (rejectedByReason[reason] ?? 0) + 1;
  }
  return {
    frames: counts.frames + frames,
    rejected: counts.rejected + rejections.length,
    rejectedByReason,
    inserted: counts.inserted + (outcome?.inserted ?? 0),
    updated: counts.updated + (outcome?.updated ?? 0),
    deleted: counts.deleted + (outcome?.deleted ?? 0),
    skipped: counts.skipped + (outcome?.skipped ?? 0),
    pending: counts.pending + (outcome?.pending ?? 0),
    resolved: counts.resolved + (outcome?.resolved ?? 0),
    deadLetters: counts.deadLetters + (outcome?.deadLetters ?? 0),
    accounts: counts.accounts + (outcome?.accounts ?? 0),
  };
}
