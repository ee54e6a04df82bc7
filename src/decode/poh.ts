import { hash } from 'node:crypto';
import { recordTooLarge } from './malformed-record.ts';

/** First byte under the hash of a leaf and of an inner node. Source: `solana-merkle-tree` of anza-xyz/agave. */
const LEAF = Buffer.of(0);
const INNER = Buffer.of(1);

/** What an entry adds to the proof-of-history chain. */
export interface PohStep {
  readonly numHashes: bigint;
  /** Every signature (64 bytes each) of every transaction of the entry, in order; empty for a tick. */
  readonly signatures: readonly Uint8Array[];
}

/**
 * The hash that an entry must carry after `previous` (32 bytes).
 * A tick hashes `numHashes` times; an entry with transactions mixes their signatures into the last of its hashes.
 * Source: `next_hash` in `entry/src/entry.rs` of anza-xyz/agave.
 * @param hashesMax most hashes that one entry may claim: each costs about a microsecond.
 * @throws {OperatingError} RECORD_TOO_LARGE beyond `hashesMax`.
 */
export function nextPohHash(previous: Uint8Array, step: PohStep, hashesMax: number): Uint8Array {
  if (step.numHashes > BigInt(hashesMax)) {
    throw recordTooLarge({
      attempted: 'follow proof of history',
      offset: 0,
      expected: `up to ${hashesMax} hashes in an entry`,
      received: `${step.numHashes}`,
    });
  }
  const mixed = step.signatures.length > 0;
  const plain = mixed ? Number(step.numHashes) - 1 : Number(step.numHashes);
  let state = previous;
  for (let left = plain; left > 0; left--) state = hash('sha256', state, 'buffer');
  return mixed ? sha256(state, signaturesRoot(step.signatures)) : state;
}

/** Root of the Merkle tree over signatures; a node without a sibling is paired with itself. */
export function signaturesRoot(signatures: readonly Uint8Array[]): Uint8Array {
  let level: Uint8Array[] = signatures.map((signature) => sha256(LEAF, signature));
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      above.push(sha256(INNER, level[i]!, level[i + 1] ?? level[i]!));
    }
    level = above;
  }
  return level[0] ?? Buffer.alloc(32);
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return hash('sha256', Buffer.concat(parts), 'buffer');
}
