export interface MissingRanges {
  /** Inclusive [from, to] pairs, ascending, at most as many as asked for. */
  readonly ranges: readonly (readonly [number, number])[];
  /** How many indexes are missing in all, also those beyond the listed ranges. */
  readonly count: number;
  readonly truncated: boolean;
}

/**
 * What lacks between 0 and `end` (not included). Costs as much as what is present, never as much
 * as what is claimed: an uploader may claim four billion chunks.
 * @param present ascending indexes below `end`, without repetition.
 */
export function missingRanges(
  present: readonly number[],
  end: number,
  rangesMax: number,
): MissingRanges {
  const ranges: [number, number][] = [];
  let next = 0;
  let gaps = 0;
  const note = (from: number, to: number) => {
    gaps++;
    if (ranges.length < rangesMax) ranges.push([from, to]);
  };
  for (const index of present) {
    if (index > next) note(next, index - 1);
    next = index + 1;
  }
  if (next < end) note(next, end - 1);
  return { ranges, count: end - present.length, truncated: gaps > ranges.length };
}
