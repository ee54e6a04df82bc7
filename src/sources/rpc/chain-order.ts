import type { SignatureRecord } from './signature-list.ts';

/** A transaction to fetch, with the best that is known of its place in the block. */
export interface OrderedSignature {
  readonly signature: string;
  readonly slot: number;
  readonly failed: boolean;
  /**
   * Position in the block where the endpoint tells it. Otherwise the chain order within the slot by list
   * position: 0, 1, 2 … among the slot's listed transactions, right in order but not in distance.
   */
  readonly transactionIndex: number;
}

/**
 * Merges signature lists (each newest first) into chain order, oldest first, each signature once.
 * Within a slot every list's own order is kept; where lists say nothing about each other, the signature's
 * text decides, so that the same lists always give the same order.
 */
export function chainOrder(lists: readonly (readonly SignatureRecord[])[]): OrderedSignature[] {
  const slots = new Map<number, SignatureRecord[][]>();
  for (const list of lists) {
    let slot = -1;
    for (const record of list.toReversed()) {
      const chains = slots.get(record.slot) ?? [];
      if (record.slot !== slot) chains.push([]);
      chains.at(-1)?.push(record);
      slots.set(record.slot, chains);
      slot = record.slot;
    }
  }
  const ascending = [...slots.entries()].sort(([a], [b]) => a - b);
  return ascending.flatMap(([, chains]) => orderWithinSlot(chains));
}

function orderWithinSlot(chains: readonly (readonly SignatureRecord[])[]): OrderedSignature[] {
  const records = new Map(chains.flat().map((record) => [record.signature, record]));
  const told = [...records.values()].flatMap(({ signature, slot, failed, transactionIndex }) =>
    transactionIndex === null ? [] : [{ signature, slot, failed, transactionIndex }],
  );
  if (told.length === records.size) {
    return told.sort((a, b) => a.transactionIndex - b.transactionIndex);
  }
  const merged = chains.length === 1 ? (chains[0] ?? []) : mergeChains(chains);
  return merged.map(({ signature, slot, failed }, transactionIndex) => ({
    signature,
    slot,
    failed,
    transactionIndex,
  }));
}

/** Takes, again and again, a record that no chain has anything open before. */
function mergeChains(chains: readonly (readonly SignatureRecord[])[]): SignatureRecord[] {
  const mentions = new Map<string, number>();
  for (const { signature } of chains.flat()) {
    mentions.set(signature, (mentions.get(signature) ?? 0) + 1);
  }
  const merged: SignatureRecord[] = [];
  const taken = new Set<string>();
  const positions = chains.map(() => 0);
  while (taken.size < mentions.size) {
    const heads = chains.flatMap((chain, index) => chain[positions[index] ?? 0] ?? []);
    const chosen = chooseHead(heads, mentions);
    if (!taken.has(chosen.signature)) merged.push(chosen);
    taken.add(chosen.signature);
    for (const [index, chain] of chains.entries()) {
      let position = positions[index] ?? 0;
      while (taken.has(chain[position]?.signature ?? '')) position++;
      positions[index] = position;
    }
  }
  return merged;
}

function chooseHead(
  heads: readonly SignatureRecord[],
  mentions: ReadonlyMap<string, number>,
): SignatureRecord {
  const headCount = new Map<string, number>();
  for (const { signature } of heads) headCount.set(signature, (headCount.get(signature) ?? 0) + 1);
  const free = heads.filter(
    ({ signature }) => headCount.get(signature) === mentions.get(signature),
  );
  // Lists that contradict each other leave nothing free; then any head is as right as another.
  const candidates = free.length > 0 ? free : heads;
  return candidates.reduce((best, head) => (head.signature < best.signature ? head : best));
}
