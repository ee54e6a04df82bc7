import { hash } from 'node:crypto';
import type { Shredding } from '../decode/ledger-node.ts';
import type { PackBlock, PackEntry } from './pack-block.ts';
import { signaturesOf } from './transaction-signatures.ts';

/** Made-up grouping: real blocks hold anything from one to some hundred transactions an entry. */
const TRANSACTIONS_PER_ENTRY = 32;

/** Hashes of every made entry; low, as a local validator without a proof-of-history rate writes it. */
const HASHES_PER_ENTRY = 8;

const SIGNATURE_BYTES = 64;
const HASH_BYTES = 32;

/** First byte under the hash of a leaf and of an inner node. Source: anza-xyz/agave, merkle-tree. */
const LEAF = Buffer.from([0]);
const INNER = Buffer.from([1]);

function sha256(...parts: readonly Uint8Array[]): Buffer {
  return hash('sha256', parts.length === 1 ? (parts[0] ?? INNER) : Buffer.concat(parts), 'buffer');
}

/** Merkle root over every signature of every transaction, in order; an odd node is paired with itself. */
export function signaturesRoot(wires: readonly Uint8Array[]): Buffer {
  let level: Buffer[] = [];
  for (const wire of wires) {
    const signatures = signaturesOf(wire);
    for (let at = 0; at < signatures.length; at += SIGNATURE_BYTES) {
      level.push(sha256(LEAF, signatures.subarray(at, at + SIGNATURE_BYTES)));
    }
  }
  while (level.length > 1) {
    level = level.flatMap((left, i) =>
      i % 2 === 0 ? [sha256(INNER, left, level[i + 1] ?? left)] : [],
    );
  }
  return level[0] ?? Buffer.alloc(HASH_BYTES);
}

/** The hash an entry must carry after `previous`. Source: anza-xyz/agave, entry: `next_hash`. */
function entryHash(
  previous: Uint8Array,
  numHashes: number,
  wires: readonly Uint8Array[],
): Uint8Array {
  let state: Uint8Array = previous;
  const plain = wires.length === 0 ? numHashes : numHashes - 1;
  for (let i = 0; i < plain; i++) state = sha256(state);
  return wires.length === 0 ? state : sha256(state, signaturesRoot(wires));
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
    state = entryHash(state, HASHES_PER_ENTRY, wires);
    entries.push({ numHashes: HASHES_PER_ENTRY, hash: state, transactionCount: run.length });
  }
  const closing = block.blockhash ?? entryHash(state, HASHES_PER_ENTRY, []);
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
