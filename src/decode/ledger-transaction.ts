import type { LedgerInstruction, LedgerTransaction } from '../model/ledger-transaction.ts';
import type { InnerInstructionGroup, StatusMeta } from '../model/status-meta.ts';
import { malformedRecord } from './malformed-record.ts';
import {
  createTransactionLayout,
  INSTRUCTION_STRIDE,
  readTransaction,
  type TransactionLayout,
} from './transaction.ts';

/** What is known of a transaction before it is put together. */
export interface TransactionParts {
  readonly slot: number;
  readonly transactionIndex: number;
  /** Seconds since 1970; 0 where unknown. */
  readonly blockTime: number;
  /** The whole transaction as it was sent; the result holds copies, so the bytes may be reused. */
  readonly wire: Uint8Array;
  /**
   * Null where the archive's age has none: nothing is then loaded, nested or failed.
   * Inner instructions are taken as they are: they stay views where the metadata holds views.
   */
  readonly meta: StatusMeta | null;
}

/**
 * Joins wire bytes and metadata: loaded addresses behind the static keys, inner instructions behind their caller.
 * @throws {OperatingError} RECORD_MALFORMED when the transaction is broken, has no signature, or its metadata names
 * an instruction that it does not have.
 */
export function buildLedgerTransaction(parts: TransactionParts): LedgerTransaction {
  const { slot, transactionIndex, blockTime, meta } = parts;
  // One copy of the few hundred bytes lets every field be a view that outlives the caller's window.
  const wire = Uint8Array.from(parts.wire);
  const layout = createTransactionLayout();
  readTransaction(wire, 0, wire.length, layout);
  if (layout.signatureCount === 0) throw malformed('at least one signature', 'none');
  return {
    slot,
    transactionIndex,
    blockTime,
    signature: wire.subarray(layout.signaturesStart, layout.signaturesStart + 64),
    failed: meta?.failed ?? false,
    accountKeys: joinKeys(wire, layout, meta),
    signerCount: layout.requiredSignatures,
    instructions: interleave(wire, layout, meta?.innerInstructions ?? []),
  };
}

function joinKeys(
  wire: Uint8Array,
  layout: TransactionLayout,
  meta: StatusMeta | null,
): Uint8Array {
  const keys = wire.subarray(layout.keysStart, layout.keysStart + layout.keyCount * 32);
  if (meta === null) return keys;
  const { loadedWritable, loadedReadonly } = meta;
  if (loadedWritable.length % 32 !== 0 || loadedReadonly.length % 32 !== 0) {
    throw malformed('loaded addresses of 32 bytes each', 'a broken list');
  }
  if (loadedWritable.length + loadedReadonly.length === 0) return keys;
  return Buffer.concat([keys, loadedWritable, loadedReadonly]);
}

function interleave(
  wire: Uint8Array,
  layout: TransactionLayout,
  groups: readonly InnerInstructionGroup[],
): LedgerInstruction[] {
  const inner = new Map<number, LedgerInstruction[]>();
  for (const group of groups) {
    if (group.outer >= layout.instructionCount) {
      throw malformed(`one of ${layout.instructionCount} instructions`, `number ${group.outer}`);
    }
    const list = inner.get(group.outer) ?? [];
    for (const instruction of group.instructions) {
      list.push({ outer: group.outer, inner: list.length, ...instruction });
    }
    inner.set(group.outer, list);
  }
  const all: LedgerInstruction[] = [];
  for (let outer = 0; outer < layout.instructionCount; outer++) {
    all.push(topLevel(wire, layout, outer));
    for (const instruction of inner.get(outer) ?? []) all.push(instruction);
  }
  return all;
}

function topLevel(wire: Uint8Array, layout: TransactionLayout, outer: number): LedgerInstruction {
  const row = outer * INSTRUCTION_STRIDE;
  const rows = layout.instructions;
  const accountsStart = rows[row + 1]!;
  const dataStart = rows[row + 3]!;
  return {
    outer,
    inner: -1,
    stackHeight: 1,
    programIndex: rows[row]!,
    accounts: wire.subarray(accountsStart, accountsStart + rows[row + 2]!),
    data: wire.subarray(dataStart, dataStart + rows[row + 4]!),
  };
}

function malformed(expected: string, received: string): Error {
  return malformedRecord({
    attempted: 'put a transaction together',
    offset: 0,
    expected,
    received,
  });
}
