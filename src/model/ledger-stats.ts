/** What the statistics of one slot are handed over as: columns that are filled again for the next slot. */

/** Numbers of 32 bits that a key takes in `keys`, little-endian. */
export const KEY_WORDS = 8;

/**
 * Two rows for each program: row 2k holds what other transactions did with the k-th key, row 2k + 1 what votes did.
 * A row without instructions counts nothing and is no row of the table.
 */
export interface InvocationColumns {
  /** Distinct keys. */
  readonly programs: number;
  readonly keys: Int32Array;
  readonly counts: Float64Array;
  readonly errors: Float64Array;
  readonly minUnits: Float64Array;
  readonly maxUnits: Float64Array;
  readonly totalUnits: Float64Array;
}

/** One row for each distinct key; a count of zero is no row of the table. */
export interface MentionColumns {
  readonly pubkeys: number;
  readonly keys: Int32Array;
  /** Transactions that name the key themselves. */
  readonly counts: Int32Array;
  /** Transactions that load it from a lookup table; null when nobody asked. */
  readonly loadedCounts: Int32Array | null;
}

export interface InstructionCounts {
  readonly voteInstructions: number;
  readonly otherInstructions: number;
  readonly voteTransactions: number;
  readonly otherTransactions: number;
}

export interface SlotStatsColumns {
  readonly invocations: InvocationColumns;
  /** The same over the whole call tree; null when nobody asked. */
  readonly treeInvocations: InvocationColumns | null;
  readonly instructions: InstructionCounts;
  readonly mentions: MentionColumns;
}

/** What is counted besides what Jetstreamer counts; each has a table of its own, so that no table mixes meanings. */
export interface StatsVariants {
  /** Programs that inner instructions call, too. */
  readonly inner: boolean;
  /** Keys that transactions load from lookup tables, too. */
  readonly loaded: boolean;
}
