import type { LedgerInstruction, LedgerTransaction } from '../../src/model/ledger-transaction.ts';

export interface SampleInstruction {
  readonly data: Uint8Array;
  /** Indexes into the keys. */
  readonly accounts: readonly number[];
  readonly programIndex: number;
  readonly inner?: number;
}

export interface SampleTransaction {
  readonly slot?: number;
  readonly failed?: boolean;
  readonly signerCount?: number;
  /** 32 bytes each. */
  readonly keys: readonly Uint8Array[];
  readonly instructions: readonly SampleInstruction[];
}

/** A transaction as a source would build it, of just what a test says. */
export function sampleTransaction(sample: SampleTransaction): LedgerTransaction {
  return {
    slot: sample.slot ?? 1,
    transactionIndex: 0,
    blockTime: 0,
    signature: new Uint8Array(64).fill(9),
    failed: sample.failed ?? false,
    accountKeys: Buffer.concat(sample.keys),
    signerCount: sample.signerCount ?? 1,
    instructions: sample.instructions.map(
      (instruction, at): LedgerInstruction => ({
        outer: instruction.inner === undefined ? at : 0,
        inner: instruction.inner ?? -1,
        stackHeight: null,
        programIndex: instruction.programIndex,
        accounts: Uint8Array.from(instruction.accounts),
        data: instruction.data,
      }),
    ),
  };
}

/** A key that is 32 times the same byte. */
export function sampleKey(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}
