/**
 * What an IQ program did in one instruction, read from the chain and not yet believed.
 * Keys and signatures are base58: records are rare, so text costs nothing and travels well.
 */

/** Where on the chain: the order of records is the order of these four numbers, never of arrival. */
export interface ChainPosition {
  readonly slot: number;
  readonly transactionIndex: number;
  readonly outer: number;
  /** -1 for a top-level instruction. */
  readonly inner: number;
}

/** Program generations; the words of IQ Labs' own readers are in docs/COMPATIBILITY.md. */
export type IqGeneration = '0' | '1P' | '1L' | '3';

interface IqRecordBase {
  readonly position: ChainPosition;
  /** First signature of the transaction. */
  readonly signature: string;
  readonly program: string;
  readonly generation: IqGeneration;
  /**
   * Who acted: first account of the instruction when it signed the transaction, else the fee payer.
   * In a successful instruction of generations 0 and 3 always the first account: those programs
   * demand its signature, and a calling program may have given it.
   */
  readonly signer: string;
  readonly failed: boolean;
  readonly blockTime: number;
}

export interface IqCreate extends IqRecordBase {
  readonly type: 'create';
  readonly session: string;
  /** Decimal text of a u64. */
  readonly seq: string;
}

export interface IqChunk extends IqRecordBase {
  readonly type: 'chunk';
  readonly session: string;
  /** 16 bytes as hex for generations 1P and 1L, else null. */
  readonly sessionId: string | null;
  readonly index: number;
  readonly method: number;
  /** Bytes exactly as they stand in the instruction; nothing decoded. */
  readonly payload: Uint8Array;
}

export interface IqFinalize extends IqRecordBase {
  readonly type: 'finalize';
  readonly session: string;
  readonly sessionId: string | null;
  readonly totalChunks: number;
  /** 32 bytes as hex, or null. */
  readonly merkleRoot: string | null;
  /** Decimal text of a u64 where the layout carries it, else null. */
  readonly seq: string | null;
  /** Uploader's JSON text (hostile), or null where the layout has none. */
  readonly metadata: string | null;
}

/** One link of a linked-list upload (`send_code`); known by the signature of its transaction. */
export interface IqLink extends IqRecordBase {
  readonly type: 'link';
  readonly payload: Uint8Array;
  /** Signature of the link before, or `Genesis`. */
  readonly beforeTx: string;
  readonly method: number;
  readonly decodeBreak: number;
}

/** Closing instruction of a linked-list upload: names the last link. */
export interface IqTail extends IqRecordBase {
  readonly type: 'tail';
  readonly tailSignature: string;
  readonly metadata: string | null;
  /** Generation 0's `type_field` (`text`, `image`, ...), else null. */
  readonly contentType: string | null;
  /** Generation 0's `offset`: a base58 Merkle root or `width: N`, never verified; else null. */
  readonly offset: string | null;
}

/** A whole small file inside the closing instruction's metadata. */
export interface IqInline extends IqRecordBase {
  readonly type: 'inline';
  readonly metadata: string;
}

export type IqRecord = IqCreate | IqChunk | IqFinalize | IqLink | IqTail | IqInline;
