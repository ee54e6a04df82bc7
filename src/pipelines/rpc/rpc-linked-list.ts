import { decodeSignature } from '../../core/base58.ts';
import type { IqLink, IqTail } from '../../model/iq-record.ts';
import type { CompiledIqFilter } from '../../protocols/iq/registry.ts';
import { listSignatures, SIGNATURES_PER_PAGE } from '../../sources/rpc/signature-list.ts';
import type { RpcTransaction } from '../../sources/rpc/transaction-reply.ts';
import { type LinkBefore, type WalkEnd, walkLinks } from '../../sources/rpc/walk-links.ts';
import { COMMITMENT, type RpcConnection } from './rpc-connection.ts';
import { readRpcRecords } from './rpc-records.ts';

export interface RpcLinkedList {
  /** From the tail to the oldest link that was reached. */
  readonly transactions: readonly RpcTransaction[];
  readonly end: WalkEnd;
}

/** Links are fetched one after another, so this bounds the time as well; uploads of this shape have few. */
const LINKS_MAX = 5_000;
/** The uploader closes a list with its next transaction or one soon after. */
const CLOSING_SEARCH_MAX = 50;

/**
 * Fetches a linked list from its tail. Where a transaction holds no link, or names none before it, the walk ends
 * quietly: what that means is for the protocol to decide.
 * @throws {OperatingError} as `walkLinks`.
 */
export async function fetchLinkedList(
  { reader }: RpcConnection,
  tailSignature: string,
  filter: CompiledIqFilter,
  signal: AbortSignal,
): Promise<RpcLinkedList> {
  const linkBefore = (transaction: RpcTransaction): LinkBefore => {
    const { records } = readRpcRecords(transaction, filter);
    const link = records.find((record): record is IqLink => record.type === 'link');
    if (link === undefined || decodeSignature(link.beforeTx) === undefined)
      return { type: 'first' };
    return { type: 'link', signature: link.beforeTx };
  };
  return await walkLinks(reader, tailSignature, { linksMax: LINKS_MAX, linkBefore }, signal);
}

export interface ListTail {
  readonly tailSignature: string;
  readonly signer: string;
  /** Bound on the signer's pages of signatures since then. */
  readonly pagesMax: number;
}

/**
 * Looks for the transaction that closes a list among what its signer did next.
 * @returns null when the signer's history does not reach back, or nothing near closes the list.
 */
export async function findClosing(
  { client, reader }: RpcConnection,
  { tailSignature, signer, pagesMax }: ListTail,
  filter: CompiledIqFilter,
  signal: AbortSignal,
): Promise<RpcTransaction | null> {
  const since = {
    commitment: COMMITMENT,
    pagesMax,
    pageSize: SIGNATURES_PER_PAGE,
    before: null,
    until: tailSignature,
  } as const;
  const list = await listSignatures(client, signer, since, signal);
  if (list.truncated) return null;
  for (const next of list.signatures.slice(-CLOSING_SEARCH_MAX).reverse()) {
    const transaction = await reader.fetchOne(next.signature, signal);
    if (!('wire' in transaction)) continue;
    const { records } = readRpcRecords(transaction, filter);
    const closes = (record: { type: string }): record is IqTail => record.type === 'tail';
    if (records.some((record) => closes(record) && record.tailSignature === tailSignature)) {
      return transaction;
    }
  }
  return null;
}
