/**
 * src/pack writes archives in the layout of Old Faithful's file server. It owns everything about
 * writing: node encoding, CAR framing, sidecars, indexes, and reading blocks from JSON to pack them.
 * Reading archives is src/sources and src/decode.
 */
import type { Shredding } from '../decode/ledger-node.ts';

/** One transaction as it will stand in the archive. */
export interface PackTransaction {
  /** Solana wire format: signatures, then message. */
  readonly wire: Uint8Array;
  /** Status metadata as stored (zstd frame around protobuf); empty when nothing is known. */
  readonly metadata: Uint8Array;
}

/** A run of transactions between two proof-of-history hashes. */
export interface PackEntry {
  readonly numHashes: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  readonly transactionCount: number;
}

/** One produced slot. Slots nobody produced are simply absent. */
export interface PackBlock {
  readonly slot: number;
  readonly parentSlot: number;
  /** Seconds since 1970; 0 where unknown. */
  readonly blockTime: number;
  readonly blockHeight: number | null;
  /** 32 bytes, or null when entries shall be made by continuing the hash chain. */
  readonly blockhash: Uint8Array | null;
  /** 32 bytes, or null to continue from the block packed before. */
  readonly previousBlockhash: Uint8Array | null;
  readonly transactions: readonly PackTransaction[];
  /** Rewards as stored (zstd frame around protobuf), or null for none. */
  readonly rewards: Uint8Array | null;
  /** The true entries where they are known; they are made where absent. */
  readonly entries?: readonly PackEntry[];
  /** Goes with `entries`; made where absent. */
  readonly shredding?: readonly Shredding[];
}
