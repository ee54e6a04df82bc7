/**
 * What a scan writes: columns of fixed capacity that are filled again by every call.
 * Offsets count from the start of the scanned buffer, so they hold only until its bytes move.
 */

/** Every complete section, in file order; made for hashing in batches. */
export interface SectionTable {
  count: number;
  readonly starts: Int32Array;
  /** The 32 bytes of the SHA-256 that the section's CID claims. */
  readonly digestStarts: Int32Array;
  readonly nodeStarts: Int32Array;
  readonly ends: Int32Array;
  /** `NODE_KIND` values. */
  readonly kinds: Uint8Array;
}

/** Bits of `EventTable.flags`. */
export const EVENT_FLAG = {
  /** A simple vote; counted in the slot's votes. */
  vote: 1,
  /** Loads addresses through lookup tables, so more keys than the static ones may take part. */
  lookups: 2,
  /** A static key is in the scanner's set. */
  keyMatch: 4,
  /** Transaction bytes go on in other frames: nothing was read of them, and a vote among them is not counted. */
  dataContinued: 8,
  /** Metadata goes on in other frames. */
  metadataContinued: 16,
} as const;

/**
 * The sections that the caller must look at, in file order: transactions that may match, and all Blocks, Rewards,
 * DataFrames, Subsets and Epochs. Columns that a kind does not have hold what an earlier event left there.
 */
export interface EventTable {
  count: number;
  readonly kinds: Uint8Array;
  /** Row in the section table. */
  readonly sections: Int32Array;
  /** Of transactions, Blocks and Rewards. */
  readonly slots: Float64Array;
  /** Transactions: `EVENT_FLAG` bits. */
  readonly flags: Uint8Array;
  /** Transactions: position in the block; counted from the last Block where the archive does not say it. */
  readonly transactionIndexes: Int32Array;
  /** Transactions: the bytes inside the node, the first frame's where the payload is continued. */
  readonly dataStarts: Int32Array;
  readonly dataEnds: Int32Array;
  readonly metadataStarts: Int32Array;
  readonly metadataEnds: Int32Array;
  /** Blocks: what stood between the Block before (or `resetSlot`) and this one. */
  readonly slotTransactions: Int32Array;
  readonly slotVotes: Int32Array;
  readonly slotEntries: Int32Array;
}

export function createSectionTable(rows: number): SectionTable {
  return {
    count: 0,
    starts: new Int32Array(rows),
    digestStarts: new Int32Array(rows),
    nodeStarts: new Int32Array(rows),
    ends: new Int32Array(rows),
    kinds: new Uint8Array(rows),
  };
}

export function createEventTable(rows: number): EventTable {
  return {
    count: 0,
    kinds: new Uint8Array(rows),
    sections: new Int32Array(rows),
    slots: new Float64Array(rows),
    flags: new Uint8Array(rows),
    transactionIndexes: new Int32Array(rows),
    dataStarts: new Int32Array(rows),
    dataEnds: new Int32Array(rows),
    metadataStarts: new Int32Array(rows),
    metadataEnds: new Int32Array(rows),
    slotTransactions: new Int32Array(rows),
    slotVotes: new Int32Array(rows),
    slotEntries: new Int32Array(rows),
  };
}
