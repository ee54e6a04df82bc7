import type { MissingTransaction, TransactionReader } from './transaction-reader.ts';
import type { RpcTransaction } from './transaction-reply.ts';

/** What the caller's protocol reads from one transaction of a linked list. */
export type LinkBefore =
  | { readonly type: 'first' }
  | { readonly type: 'link'; readonly signature: string };

export interface WalkLinksOptions {
  readonly linksMax: number;
  readonly linkBefore: (transaction: RpcTransaction) => LinkBefore;
}

export type WalkEnd =
  | { readonly type: 'first' }
  /** The list is broken here. */
  | { readonly type: 'missing'; readonly transaction: MissingTransaction }
  /** The list comes back to a link it already had. */
  | { readonly type: 'loop'; readonly signature: string }
  | { readonly type: 'limit'; readonly nextSignature: string };

export interface WalkedLinks {
  /** From the tail to the oldest link that was reached. */
  readonly transactions: readonly RpcTransaction[];
  readonly end: WalkEnd;
}

/**
 * Follows a linked list from its tail, one transaction after another, for at most `linksMax` links.
 * @throws {OperatingError} as `TransactionReader.fetch`, and whatever `linkBefore` throws.
 */
export async function walkLinks(
  reader: TransactionReader,
  tailSignature: string,
  options: WalkLinksOptions,
  signal: AbortSignal,
): Promise<WalkedLinks> {
  const transactions: RpcTransaction[] = [];
  const seen = new Set<string>();
  let signature = tailSignature;
  while (!seen.has(signature)) {
    if (seen.size >= options.linksMax) {
      return { transactions, end: { type: 'limit', nextSignature: signature } };
    }
    seen.add(signature);
    const answer = await reader.fetchOne(signature, signal);
    if (!('wire' in answer)) return { transactions, end: { type: 'missing', transaction: answer } };
    transactions.push(answer);
    const before = options.linkBefore(answer);
    if (before.type === 'first') return { transactions, end: before };
    signature = before.signature;
  }
  return { transactions, end: { type: 'loop', signature } };
}
