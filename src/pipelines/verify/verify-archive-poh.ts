import { setImmediate } from 'node:timers/promises';
import { OperatingError } from '../../core/errors.ts';
import { nextPohHash } from '../../decode/poh.ts';
import type { SlotlessFault } from './verify-archive-fault.ts';
import type { GatheredEntry, GatheredTransaction } from './verify-archive-slot.ts';

/** A slot whose entries are to be followed from hash to hash. */
export interface ProvableSlot {
  readonly entries: readonly GatheredEntry[];
  readonly transactions: readonly GatheredTransaction[];
}

/**
 * Most hashes that one slot may claim: four times the 64 ticks of 62,500 hashes that mainnet slots have since 2024
 * (Agave's `UPDATED_HASHES_PER_TICK6`). Beyond that the entries are hostile.
 */
const SLOT_HASHES_MAX = 16_000_000;
/** About ten milliseconds of work, after which signals and timers get their turn. */
const HASHES_PER_TURN = 12_500;
const SIGNATURE_BYTES = 64;

/** Follows proof of history through the entries of slots: each hash must come from the one before. */
export class PohProof {
  /** Entries whose hash was computed and was right. */
  entries = 0;
  /** Hashes that this took. */
  hashes = 0;

  /**
   * @param previous the last hash of the parent slot, or null where it is not known: the first entry then stays
   * unproven and the chain goes on from it.
   * @returns the first entry that does not follow, with the number of all such. An aborted signal ends it early.
   */
  async prove(
    slot: ProvableSlot,
    previous: Uint8Array | null,
    signal: AbortSignal,
  ): Promise<SlotlessFault | null> {
    const wrong: SlotlessFault[] = [];
    const hashesEnd = this.hashes + SLOT_HASHES_MAX;
    let yieldAt = this.hashes + HASHES_PER_TURN;
    let before = previous;
    let taken = 0;
    for (const [i, { node, offset }] of slot.entries.entries()) {
      const own = slot.transactions.slice(taken, taken + node.transactions.length);
      taken += own.length;
      const step = { numHashes: node.numHashes, signatures: own.flatMap(signaturesOf) };
      const fault =
        before === null ? null : this.#follow(before, node.hash, step, hashesEnd - this.hashes);
      if (fault !== null) {
        wrong.push({ offset, kind: 'proof-of-history', message: `entry ${i}: ${fault}` });
      }
      before = node.hash;
      if (this.hashes < yieldAt) continue;
      yieldAt = this.hashes + HASHES_PER_TURN;
      await setImmediate();
      if (signal.aborted) break;
    }
    const [first, ...others] = wrong;
    if (first === undefined || others.length === 0) return first ?? null;
    const more = `${others.length} further of ${slot.entries.length} entries`;
    return { ...first, message: `${first.message}; nor do ${more} follow` };
  }

  #follow(
    previous: Uint8Array,
    claimed: Uint8Array,
    step: Parameters<typeof nextPohHash>[1],
    hashesMax: number,
  ): string | null {
    try {
      const hash = nextPohHash(previous, step, hashesMax);
      this.hashes += Number(step.numHashes);
      if (Buffer.compare(hash, claimed) === 0) {
        this.entries++;
        return null;
      }
      return `expected hash ${hex(hash)} after ${step.numHashes} hashes, received ${hex(claimed)}`;
    } catch (error) {
      if (!(error instanceof OperatingError) || error.code !== 'RECORD_TOO_LARGE') throw error;
      return error.message;
    }
  }
}

function signaturesOf({ signatures }: GatheredTransaction): Uint8Array[] {
  return Array.from({ length: signatures.length / SIGNATURE_BYTES }, (_, i) =>
    signatures.subarray(i * SIGNATURE_BYTES, (i + 1) * SIGNATURE_BYTES),
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
