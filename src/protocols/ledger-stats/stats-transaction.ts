import type { StatusMetaFields } from '../../decode/status-meta-fields.ts';
import type { TransactionLayout } from '../../decode/transaction.ts';
import { VOTE_PROGRAM } from '../../decode/vote-transaction.ts';
import type { KeyTable } from './key-table.ts';

/**
 * Owned in this folder: what is counted a slot, with the meaning of anza-xyz/jetstreamer's plugins Program Tracking,
 * Instruction Tracking and Pubkey Stats. Not here: reading, rows, tables.
 */

/** One transaction with its metadata, as offsets; filled again for the next. */
export interface StatsTransaction {
  /** The offsets of `layout` count in here. */
  readonly wire: DataView;
  readonly layout: TransactionLayout;
  /** Solana's simple-vote rule. */
  readonly isVote: boolean;
  /** The offsets of `fields` count in here. */
  readonly metadata: DataView;
  /** All at their start values where the archive has no metadata. */
  readonly fields: StatusMetaFields;
}

const VOTE_WORDS = Int32Array.from({ length: 8 }, (_, word) => VOTE_PROGRAM.readInt32LE(word * 4));

/** Whether the account with this index is the vote program; one that was loaded never is. */
export function isVoteProgram({ wire, layout }: StatsTransaction, index: number): boolean {
  if (index >= layout.keyCount) return false;
  const at = layout.keysStart + index * 32;
  for (let word = 0; word < 8; word++) {
    if (wire.getInt32(at + word * 4, true) !== VOTE_WORDS[word]) return false;
  }
  return true;
}

/** The number in `table` of any account of the transaction, loaded ones behind static ones; -1 where it has none. */
export function findAccount(table: KeyTable, transaction: StatsTransaction, index: number): number {
  const { wire, layout, metadata, fields } = transaction;
  if (index < layout.keyCount) return table.find(wire, layout.keysStart + index * 32);
  const loaded = index - layout.keyCount;
  if (loaded < fields.loadedWritableCount) {
    return table.find(metadata, fields.loadedWritable[loaded] ?? 0);
  }
  const readonly = loaded - fields.loadedWritableCount;
  if (readonly >= fields.loadedReadonlyCount) return -1;
  return table.find(metadata, fields.loadedReadonly[readonly] ?? 0);
}
