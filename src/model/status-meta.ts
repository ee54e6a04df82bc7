/**
 * A transaction's status metadata, decoded. One shape for every age of the archive;
 * what a record's age does not know is null (lists: null = "not recorded", empty = "recorded as none").
 */
export interface StatusMeta {
  readonly failed: boolean;
  /** bincode `TransactionError`, as stored; null when the transaction succeeded. */
  readonly error: Uint8Array | null;
  readonly fee: bigint;
  readonly preBalances: readonly bigint[];
  readonly postBalances: readonly bigint[];
  readonly innerInstructions: readonly InnerInstructionGroup[] | null;
  readonly logMessages: readonly string[] | null;
  readonly preTokenBalances: readonly TokenBalance[] | null;
  readonly postTokenBalances: readonly TokenBalance[] | null;
  /** 32 bytes each. */
  readonly loadedWritable: Uint8Array;
  readonly loadedReadonly: Uint8Array;
  readonly computeUnits: bigint | null;
  readonly costUnits: bigint | null;
  readonly returnData: { readonly programId: Uint8Array; readonly data: Uint8Array } | null;
  readonly rewards: readonly Reward[] | null;
}

export interface InnerInstructionGroup {
  /** Index of the top-level instruction that caused them. */
  readonly outer: number;
  readonly instructions: readonly InnerInstruction[];
}

export interface InnerInstruction {
  readonly programIndex: number;
  readonly accounts: Uint8Array;
  readonly data: Uint8Array;
  readonly stackHeight: number | null;
}

export interface TokenBalance {
  readonly accountIndex: number;
  readonly mint: string;
  readonly owner: string | null;
  readonly programId: string | null;
  /** Decimal text of the raw amount. */
  readonly amount: string;
  readonly decimals: number;
}

export type RewardType = 'unspecified' | 'fee' | 'rent' | 'staking' | 'voting';

export interface Reward {
  readonly pubkey: string;
  readonly lamports: bigint;
  readonly postBalance: bigint;
  readonly type: RewardType;
  readonly commission: string | null;
}
