import type { StatusMetaFields } from '../../decode/status-meta-fields.ts';
import type { TransactionLayout } from '../../decode/transaction.ts';

/**
 * Owned in this folder: what is counted a slot, with the meaning of anza-xyz/jetstreamer's plugins Program Tracking,
 * Instruction Tracking and Pubkey Stats. Not here: reading, rows, tables.
 */

/** One transaction with its metadata, as offsets; the same object is filled again for the next. */
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
