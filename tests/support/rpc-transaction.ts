import assert from 'node:assert/strict';
import { decodeBase58, decodePublicKey, decodeSignature } from '../../src/core/base58.ts';
import type { LedgerInstruction, LedgerTransaction } from '../../src/model/ledger-transaction.ts';

interface RpcInstruction {
  readonly programIdIndex: number;
  readonly accounts: readonly number[];
  readonly data: string;
  readonly stackHeight?: number | null;
}

/** The part of a `getTransaction` answer (encoding `json`) that a `LedgerTransaction` is made of. */
export interface RpcTransaction {
  readonly slot?: number;
  readonly blockTime?: number | null;
  readonly transaction: {
    readonly signatures: readonly string[];
    readonly message: {
      readonly header: { readonly numRequiredSignatures: number };
      readonly accountKeys: readonly string[];
      readonly instructions: readonly RpcInstruction[];
    };
  };
  readonly meta?: {
    readonly err: unknown;
    readonly innerInstructions?:
      | readonly { readonly index: number; readonly instructions: readonly RpcInstruction[] }[]
      | null;
    readonly loadedAddresses?: {
      readonly writable: readonly string[];
      readonly readonly: readonly string[];
    };
  } | null;
}

/** `transactionIndex` is an argument because RPC answers do not carry it. */
export function ledgerTransactionOf(
  rpc: RpcTransaction,
  transactionIndex: number,
): LedgerTransaction {
  const { signatures, message } = rpc.transaction;
  const loaded = rpc.meta?.loadedAddresses ?? { writable: [], readonly: [] };
  const keys = [...message.accountKeys, ...loaded.writable, ...loaded.readonly];
  const inner = new Map(
    (rpc.meta?.innerInstructions ?? []).map((group) => [group.index, group.instructions]),
  );
  const signature = decodeSignature(signatures[0] ?? '');
  assert(signature, 'fixture without a signature');
  return {
    slot: rpc.slot ?? 0,
    transactionIndex,
    blockTime: rpc.blockTime ?? 0,
    signature,
    failed: (rpc.meta?.err ?? null) !== null,
    accountKeys: Buffer.concat(
      keys.map((key) => {
        const bytes = decodePublicKey(key);
        assert(bytes, `fixture key ${key}`);
        return bytes;
      }),
    ),
    signerCount: message.header.numRequiredSignatures,
    instructions: message.instructions.flatMap((instruction, outer) => [
      instructionOf(instruction, outer, -1),
      ...(inner.get(outer) ?? []).map((called, at) => instructionOf(called, outer, at)),
    ]),
  };
}

function instructionOf(
  instruction: RpcInstruction,
  outer: number,
  inner: number,
): LedgerInstruction {
  const data = decodeBase58(instruction.data);
  assert(data, 'fixture instruction data');
  return {
    ...{ outer, inner, data, programIndex: instruction.programIdIndex },
    stackHeight: instruction.stackHeight ?? null,
    accounts: Uint8Array.from(instruction.accounts),
  };
}
