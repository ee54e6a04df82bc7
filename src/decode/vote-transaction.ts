import { decodePublicKey } from '../core/base58.ts';
import type { TransactionLayout } from './transaction.ts';

/** The vote program, 32 bytes. Source: `solana_sdk_ids::vote`. */
export const VOTE_PROGRAM = Buffer.from(
  decodePublicKey('Vote111111111111111111111111111111111111111') ?? [],
);

/**
 * Solana's own "simple vote" rule: one or two signatures, a legacy message, exactly one instruction, and that one
 * calls the vote program. Source: `SanitizedTransaction::is_simple_vote_transaction` of anza-xyz/agave.
 */
export function isVoteTransaction(bytes: Uint8Array, layout: TransactionLayout): boolean {
  if (layout.version !== -1 || layout.instructionCount !== 1) return false;
  if (layout.signatureCount < 1 || layout.signatureCount > 2) return false;
  const program = layout.instructions[0]!;
  if (program >= layout.keyCount) return false;
  const at = layout.keysStart + program * 32;
  return VOTE_PROGRAM.equals(bytes.subarray(at, at + 32));
}
