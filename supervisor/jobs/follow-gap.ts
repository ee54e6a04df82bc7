import assert from 'node:assert/strict';
import { type SlotRange, subtractRanges } from '../../src/core/slot-range.ts';
import type { FollowSpec } from '../../src/model/job.ts';

/** Slots that a following job still has to do. */
export interface FollowGap {
  /** Null: the tip of the chain. */
  readonly start: number | null;
  /** Null: no end. */
  readonly end: number | null;
}

/** The first slots that are not done, or null when all up to the job's end are. */
export function nextGap({ start, end }: FollowGap, done: readonly SlotRange[]): FollowGap | null {
  if (start === null) return { start, end };
  const endless = Number.MAX_SAFE_INTEGER;
  const [gap] = subtractRanges({ start, end: end ?? endless }, done);
  if (gap === undefined) return null;
  return { start: gap.start, end: gap.end === endless ? null : gap.end };
}

/** The slots of a job that has come to its end. */
export function followedRange({ start, end }: FollowSpec): SlotRange {
  assert(start !== null && end !== null, 'a job that ends has a first and a last slot');
  return { start, end };
}
