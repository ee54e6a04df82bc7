import type { Shredding } from '../decode/ledger-node.ts';
import { nextPohHash } from '../decode/poh.ts';
import type { PackBlock, PackEntry } from './pack-block.ts';
import { signaturesOf } from './transaction-signatures.ts';

/** Made-up grouping: real blocks hold anything from one to some hundred transactions an entry. */
const TRANSACTIONS_PER_ENTRY = 32;

/** Hashes of every made entry; low, as a local validator without a proof-of-history rate writes it. */
const HASHES_PER_ENTRY = 8;

/** The hash of a made entry behind `previous`. */
function entryHash(previous: Uint8Array, wires: readonly Uint8Array[]): Uint8Array {
  const signatures = wires.flatMap(signaturesOf);
  const step = { numHashes: BigInt(HASHES_PER_ENTRY), signatures };
  return nextPohHash(previous, step, HASHES_PER_ENTRY);
}

/** Entries of one slot and where they end in the shreds. */
export interface SlotEntries {
  readonly entries: readonly PackEntry[];
  readonly shredding: readonly Shredding[];
}

/**
 * Groups the transactions of a block whose true entries are not known and closes the slot with a tick.
 * The hashes continue the chain from `previous`, so they can be proven. Where the block has a true
 * blockhash the closing tick carries that instead, which no made-up grouping can reach: the proof
 * then breaks at this one entry and goes on from it.
 */
export function makeEntries(block: PackBlock, previous: Uint8Array): SlotEntries {
  const entries: PackEntry[] = [];
  let state = previous;
  for (let from = 0; from < block.transactions.length; from += TRANSACTIONS_PER_ENTRY) {
    const run = block.transactions.slice(from, from + TRANSACTIONS_PER_ENTRY);
    const wires = run.map(({ wire }) => wire);
    state = entryHash(state, wires);
    entries.push({ numHashes: HASHES_PER_ENTRY, hash: state, transactionCount: run.length });
  }
  const closing = block.blockhash ?? entryHash(state, []);
  entries.push({ numHashes: HASHES_PER_ENTRY, hash: closing, transactionCount: 0 });
  return { entries, shredding: madeShredding(entries.length) };
}

/** One batch of shreds that ends with the last entry; its last shred is as made up as the entries are. */
export function madeShredding(entries: number): Shredding[] {
  return Array.from({ length: entries }, (_, entryEndIndex) => ({
    entryEndIndex,
    shredEndIndex: entryEndIndex === entries - 1 ? entries - 1 : -1,
  }));
}
