/**
 * A transaction that somebody asked for, the same whether it came from an archive or from RPC.
 * Built only for transactions that matched a filter; the scan itself never builds one.
 */
export interface LedgerTransaction {
  readonly slot: number;
  /** Position in the block, counting from 0. */
  readonly transactionIndex: number;
  /** Seconds since 1970; 0 where the archive does not know it. */
  readonly blockTime: number;
  /** First signature, 64 bytes. */
  readonly signature: Uint8Array;
  /** True when the transaction was executed and failed. */
  readonly failed: boolean;
  /** 32 bytes each: static keys, then loaded writable, then loaded read-only. */
  readonly accountKeys: Uint8Array;
  /** How many of the keys, from the front, signed. */
  readonly signerCount: number;
  /** In execution order: each top-level instruction followed by the inner ones it caused. */
  readonly instructions: readonly LedgerInstruction[];
}

export interface LedgerInstruction {
  /** Index of the top-level instruction, from 0. */
  readonly outer: number;
  /** Position among the inner instructions of `outer`, from 0; -1 for the top-level one itself. */
  readonly inner: number;
  /** 1 for top-level; null where the record's age does not know it. */
  readonly stackHeight: number | null;
  readonly programIndex: number;
  /** Indexes into `accountKeys`. */
  readonly accounts: Uint8Array;
  readonly data: Uint8Array;
}

/** Key number `index` as a view of 32 bytes, or undefined when there are fewer keys. */
export function accountKeyAt(
  transaction: LedgerTransaction,
  index: number | undefined,
): Uint8Array | undefined {
  if (index === undefined || (index + 1) * 32 > transaction.accountKeys.length) return undefined;
  return transaction.accountKeys.subarray(index * 32, index * 32 + 32);
}
