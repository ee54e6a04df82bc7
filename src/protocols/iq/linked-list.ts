import { decodeSignature } from '../../core/base58.ts';
import type { IqLink, IqRecord, IqTail } from '../../model/iq-record.ts';
import { compareOnChain } from './chain-order.ts';

/** What the first link names as its predecessor. Source: IQ6900 and the SDK, which stop here. */
const LIST_HEAD = 'Genesis';

export interface LinkedListOptions {
  readonly recoverFailed: boolean;
  /** Most links one file may have. */
  readonly linksMax: number;
}

export type LinkedListDecision =
  | {
      readonly state: 'complete' | 'recovered';
      /** In file order. */
      readonly links: readonly IqLink[];
    }
  | {
      readonly state: 'incomplete';
      readonly reason: 'link-missing' | 'link-failed' | 'link-malformed' | 'loop' | 'too-long';
      /** The link that could not be followed; what a repair has to fetch when it is missing. */
      readonly missingSignature: string;
      /** What was reached, in file order: the end of the file. */
      readonly links: readonly IqLink[];
    };

/**
 * Links by the signature of their transaction. Of several in one transaction the first counts, as
 * for the official reader.
 */
export function indexLinks(records: Iterable<IqRecord>): Map<string, IqLink> {
  const links = new Map<string, IqLink>();
  for (const record of records) {
    if (record.type !== 'link') continue;
    const known = links.get(record.signature);
    if (known === undefined || compareOnChain(record, known) < 0) {
      links.set(record.signature, record);
    }
  }
  return links;
}

/**
 * Follows a list from its tail to `Genesis`. Links are named by signature, so their content cannot
 * be forged and their signer does not matter; a link of another program is none.
 */
export function walkLinkedList(
  tail: Pick<IqTail, 'program' | 'tailSignature'>,
  links: ReadonlyMap<string, IqLink>,
  options: LinkedListOptions,
): LinkedListDecision {
  const reached: IqLink[] = [];
  const seen = new Set<string>();
  let recovered = false;
  for (let signature = tail.tailSignature; signature !== LIST_HEAD; ) {
    const link = links.get(signature);
    const fault = faultOf(signature, link?.program === tail.program ? link : undefined, {
      looped: seen.has(signature),
      full: reached.length >= options.linksMax,
      recoverFailed: options.recoverFailed,
    });
    if (fault !== undefined || link === undefined) {
      return {
        state: 'incomplete',
        reason: fault ?? 'link-missing',
        missingSignature: signature,
        links: reached.reverse(),
      };
    }
    recovered ||= link.failed;
    seen.add(signature);
    reached.push(link);
    signature = link.beforeTx;
  }
  return { state: recovered ? 'recovered' : 'complete', links: reached.reverse() };
}

function faultOf(
  signature: string,
  link: IqLink | undefined,
  walk: { looped: boolean; full: boolean; recoverFailed: boolean },
): 'link-missing' | 'link-failed' | 'link-malformed' | 'loop' | 'too-long' | undefined {
  if (walk.looped) return 'loop';
  if (walk.full) return 'too-long';
  if (link === undefined) {
    return decodeSignature(signature) === undefined ? 'link-malformed' : 'link-missing';
  }
  return link.failed && !walk.recoverFailed ? 'link-failed' : undefined;
}
