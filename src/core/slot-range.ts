import assert from 'node:assert/strict';
import { epochOfSlot, firstSlotOfEpoch } from './epoch.ts';

/** Half-open range of slots: `start` belongs to it, `end` does not. Never empty, always safe integers. */
export interface SlotRange {
  readonly start: number;
  readonly end: number;
}

export function slotRange(start: number, end: number): SlotRange {
  assert(Number.isSafeInteger(start) && start >= 0, `slot range start ${start}`);
  assert(Number.isSafeInteger(end) && end > start, `slot range ${start}..${end}`);
  return { start, end };
}

/** Number of slots in the range; skipped slots count. */
export function slotCount(range: SlotRange): number {
  return range.end - range.start;
}

/** The part both ranges share, or undefined when they share nothing. */
export function intersectRanges(a: SlotRange, b: SlotRange): SlotRange | undefined {
  const start = Math.max(a.start, b.start);
  const end = Math.min(a.end, b.end);
  return start < end ? { start, end } : undefined;
}

/** `range` without `done`; `done` may be unordered and overlapping. The result ascends and never overlaps. */
export function subtractRanges(range: SlotRange, done: readonly SlotRange[]): SlotRange[] {
  const ordered = [...done].sort((a, b) => a.start - b.start);
  const left: SlotRange[] = [];
  let next = range.start;
  for (const taken of ordered) {
    if (taken.end <= next) continue;
    if (taken.start >= range.end) break;
    if (taken.start > next) left.push({ start: next, end: taken.start });
    next = taken.end;
  }
  if (next < range.end) left.push({ start: next, end: range.end });
  return left;
}

/** Joins overlapping and touching ranges; the result ascends. */
export function mergeRanges(ranges: readonly SlotRange[]): SlotRange[] {
  const merged: { start: number; end: number }[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else merged.push({ start: range.start, end: range.end });
  }
  return merged;
}

/** Cuts the range where epochs begin: exact cover, ascending. */
export function splitByEpoch(range: SlotRange): { epoch: number; range: SlotRange }[] {
  const parts: { epoch: number; range: SlotRange }[] = [];
  for (let start = range.start; start < range.end; ) {
    const epoch = epochOfSlot(start);
    const end = Math.min(range.end, firstSlotOfEpoch(epoch + 1));
    parts.push({ epoch, range: { start, end } });
    start = end;
  }
  return parts;
}
