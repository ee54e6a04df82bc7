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
export function nextGap({ start, end }: FollowSpec, done: readonly SlotRange[]): FollowGap | null {
  const first = start ?? firstOf(done);
  if (first === null) return { start: null, end };
  const endless = Number.MAX_SAFE_INTEGER;
  const [gap] = subtractRanges({ start: first, end: end ?? endless }, done);
  if (gap === undefined) return null;
  return { start: gap.start, end: gap.end === endless ? null : gap.end };
}

/** The slots of a job that has come to its end. */
export function followedRange({ start, end }: FollowSpec, done: readonly SlotRange[]): SlotRange {
  const first = start ?? firstOf(done);
  assert(first !== null && end !== null, 'a job that ends has a first and a last slot');
  return { start: first, end };
}

function firstOf(done: readonly SlotRange[]): number | null {
  return done.length === 0 ? null : Math.min(...done.map((range) => range.start));
}
