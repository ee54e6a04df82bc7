import { identityContent } from './cid.ts';
import type { BlockNode, EntryNode } from './ledger-node.ts';

/** All that an archive holds of one slot, in file order; CIDs are those of the sections (binary). */
export interface ReadSlot {
  readonly block: BlockNode;
  readonly entries: readonly { readonly cid: Uint8Array; readonly node: EntryNode }[];
  readonly transactions: readonly {
    readonly cid: Uint8Array;
    readonly slot: number;
    readonly index: number | null;
  }[];
  /** CID of the Rewards section, or null where there was none. */
  readonly rewards: Uint8Array | null;
}

export type BlockFaultKind =
  | 'parent-slot'
  | 'entry-links'
  | 'shredding'
  | 'transaction-links'
  | 'transaction-slot'
  | 'transaction-index'
  | 'rewards-link';

export interface BlockFault {
  readonly kind: BlockFaultKind;
  readonly slot: number;
  readonly expected: string;
  readonly received: string;
}

/**
 * Compares what a Block and its Entries link to with what stands in the archive: each section once, in order.
 * At most one fault of each kind is reported, the first. Hashes of sections and of the chain are not looked at here.
 */
export function checkBlock(read: ReadSlot): BlockFault[] {
  const { block, entries, transactions } = read;
  const faults: BlockFault[] = [];
  const expect = (kind: BlockFaultKind, expected: string, received: string): void => {
    if (expected !== received) faults.push({ kind, slot: block.slot, expected, received });
  };
  if (block.parentSlot >= block.slot && block.slot > 0) {
    expect('parent-slot', `below ${block.slot}`, `${block.parentSlot}`);
  }
  const entryCids = entries.map(({ cid }) => cid);
  expect('entry-links', ...firstDifference(block.entries, entryCids));
  expect('shredding', `${entries.length}`, `${block.shredding.length}`);
  const linked = entries.flatMap(({ node }) => node.transactions);
  const transactionCids = transactions.map(({ cid }) => cid);
  expect('transaction-links', ...firstDifference(linked, transactionCids));
  const stray = transactions.find(({ slot }) => slot !== block.slot);
  if (stray !== undefined) expect('transaction-slot', `${block.slot}`, `${stray.slot}`);
  const moved = transactions.findIndex(({ index }, at) => index !== null && index !== at);
  if (moved >= 0) expect('transaction-index', `${moved}`, `${transactions[moved]?.index}`);
  expect('rewards-link', linkText(block.rewards), linkText(read.rewards));
  return faults;
}

/** The same text twice where the lists agree. */
function firstDifference(
  linked: readonly Uint8Array[],
  present: readonly Uint8Array[],
): [string, string] {
  if (linked.length !== present.length) return [`${linked.length}`, `${present.length}`];
  const at = linked.findIndex((cid, i) => !Buffer.from(cid).equals(present[i]!));
  if (at < 0) return ['', ''];
  return [`${at}: ${linkText(linked[at]!)}`, `${at}: ${linkText(present[at]!)}`];
}

function linkText(cid: Uint8Array | null): string {
  if (cid === null || identityContent(cid)?.length === 0) return 'none';
  return Buffer.from(cid).toString('hex');
}
