/** What the statistics of one slot are handed over as: columns that are filled again for the next slot. */

/** Numbers of 32 bits that a key takes in `keys`, little-endian. */
export const KEY_WORDS = 8;

/**
 * Two rows for each key of the slot: row 2k holds what other transactions called of the k-th key, row 2k + 1 what votes
 * did. Most keys are no programs: a row without instructions is no row of the table.
 */
export interface InvocationColumns {
  readonly counts: Float64Array;
  readonly errors: Float64Array;
  readonly minUnits: Float64Array;
  readonly maxUnits: Float64Array;
  readonly totalUnits: Float64Array;
}

export interface InstructionCounts {
  readonly voteInstructions: number;
  readonly otherInstructions: number;
  readonly voteTransactions: number;
  readonly otherTransactions: number;
}

export interface SlotStatsColumns {
  /** Distinct keys of the slot; rows below are theirs, in the same order. */
  readonly keyCount: number;
  readonly keys: Int32Array;
  readonly invocations: InvocationColumns;
  /** The same over the whole call tree; null when nobody asked. */
  readonly treeInvocations: InvocationColumns | null;
  readonly instructions: InstructionCounts;
  /** Transactions that name the key themselves; none of a key that is only loaded. */
  readonly mentions: Int32Array;
  /** Transactions that name or load the key; null when nobody asked. */
  readonly loadedMentions: Int32Array | null;
}

/** What is counted besides what Jetstreamer counts; each has a table of its own, so that no table mixes meanings. */
export interface StatsVariants {
  /** Programs that inner instructions call, too. */
  readonly inner: boolean;
  /** Keys that transactions load from lookup tables, too. */
  readonly loaded: boolean;
}
