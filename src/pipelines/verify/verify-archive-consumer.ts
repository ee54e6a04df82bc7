import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { OperatingError } from '../../core/errors.ts';
import { checkBlock } from '../../decode/block-check.ts';
import type { BlockFacts } from '../../decode/block-facts.ts';
import { decodeLedgerNode, NODE_KIND } from '../../decode/ledger-node.ts';
import { atFileOffset } from '../archive/at-file-offset.ts';
import type { ScannedWindow, SlotConsumer } from '../archive/slot-consumer.ts';
import type { FaultList, SlotlessFault } from './verify-archive-fault.ts';
import type { PohProof, ProvableSlot } from './verify-archive-poh.ts';
import { GatheredSlot, type GatherLimits, offsetOf } from './verify-archive-slot.ts';

/** The end of a slot, from which the next one goes on. */
export interface ChainLink {
  readonly slot: number;
  /** Hash of the last entry, 32 bytes; null before the first slot of a chain without a known start. */
  readonly hash: Uint8Array | null;
}

/** A slot that does not go on from the slot read before it. */
export interface ChainStart {
  readonly slot: number;
  readonly parentSlot: number;
}

export interface VerifyConsumerOptions extends GatherLimits {
  /** Null leaves proof of history alone. */
  readonly proof: PohProof | null;
  readonly faults: FaultList;
  /** Most slots listed in `chainStarts`. */
  readonly chainStartsMax: number;
}

interface TakenSlot {
  readonly slot: number;
  readonly content: ProvableSlot;
  /** The hash it goes on from; null where that is not known. */
  readonly previous: Uint8Array | null;
}

/** Checks slot after slot what an archive claims about itself, and keeps nothing but what is wrong. */
export class VerifySlotConsumer implements SlotConsumer {
  readonly #options: VerifyConsumerOptions;
  readonly #signal: AbortSignal;
  readonly #slot: GatheredSlot;
  #taken: TakenSlot | null = null;
  /** The slot read last. Set it to go on from a slot that is known already. */
  last: ChainLink | null = null;
  readonly chainStarts: ChainStart[] = [];
  chainStartCount = 0;
  transactions = 0;
  entries = 0;
  frames = 0;

  constructor(options: VerifyConsumerOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#slot = new GatheredSlot(options);
  }

  passRows(window: ScannedWindow, from: number, to: number): void {
    const { kinds } = window.scanner.sections;
    for (let row = from; row < to; row++) {
      if (kinds[row] !== NODE_KIND.entry) continue;
      try {
        this.#slot.addEntry(window, row);
      } catch (error) {
        throw atFileOffset(error, offsetOf(window, row));
      }
    }
  }

  takeEvent(window: ScannedWindow, event: number): boolean {
    const { events } = window.scanner;
    const row = events.sections[event] ?? 0;
    const kind = events.kinds[event];
    try {
      if (kind === NODE_KIND.transaction) this.#slot.addTransaction(window, row);
      else if (kind === NODE_KIND.dataFrame) this.#slot.addFrame(window, event);
      else if (kind === NODE_KIND.rewards) this.#slot.addRewards(window, row);
      return false;
    } catch (error) {
      throw atFileOffset(error, offsetOf(window, row));
    }
  }

  takeBlock(window: ScannedWindow, event: number, { slot, parentSlot }: BlockFacts): boolean {
    const gathered = this.#slot;
    const offset = this.#checkLinks(window, event);
    for (const fault of gathered.faults) this.#addFault(slot, fault);
    const { rewards, entries, transactions } = gathered;
    if (rewards !== null && rewards.slot !== slot) {
      const message = `expected rewards of slot ${slot}, received those of ${rewards.slot}`;
      this.#addFault(slot, { offset, kind: 'rewards-slot', message });
    }
    this.transactions += transactions.length;
    this.entries += entries.length;
    this.frames += gathered.frames;
    const previous = this.#previousHash(slot, parentSlot);
    this.#taken = { slot, content: { entries, transactions }, previous };
    this.last = { slot, hash: entries.at(-1)?.node.hash ?? null };
    gathered.reset();
    return true;
  }

  resetSlot(): void {
    this.#slot.reset();
  }

  /**
   * Proves the chain of the slot just taken, which takes too long to do it while bytes are handed over. Each slot
   * gives signals and timers their turn, since local files are read without a pause.
   * @throws {OperatingError} CANCELLED.
   */
  async flush(): Promise<void> {
    const { proof } = this.#options;
    assert(this.#taken !== null, 'a slot was taken');
    const { slot, content, previous } = this.#taken;
    this.#taken = null;
    const fault = (await proof?.prove(content, previous, this.#signal)) ?? null;
    if (fault !== null) this.#addFault(slot, fault);
    await setImmediate();
    if (!this.#signal.aborted) return;
    throw new OperatingError('CANCELLED', `verifying slot ${slot}: cancelled`, {
      retryable: false,
      cause: this.#signal.reason,
    });
  }

  /** @returns the Block's offset in the file. */
  #checkLinks(window: ScannedWindow, event: number): number {
    const { sections, events } = window.scanner;
    const row = events.sections[event] ?? 0;
    const offset = offsetOf(window, row);
    const start = sections.nodeStarts[row] ?? 0;
    const block = decodeLedgerNode(window.bytes, start, sections.ends[row] ?? 0);
    assert(block.kind === NODE_KIND.block, 'a Block ends a slot');
    for (const { kind, slot, expected, received } of checkBlock(this.#slot.withBlock(block))) {
      this.#addFault(slot, { offset, kind, message: `expected ${expected}, received ${received}` });
    }
    return offset;
  }

  #previousHash(slot: number, parentSlot: number): Uint8Array | null {
    const continues = this.last?.slot === parentSlot && (slot > parentSlot || slot === 0);
    if (continues && this.last !== null) return this.last.hash;
    this.chainStartCount++;
    const { chainStartsMax } = this.#options;
    if (this.chainStarts.length < chainStartsMax) this.chainStarts.push({ slot, parentSlot });
    return null;
  }

  #addFault(slot: number, fault: SlotlessFault): void {
    this.#options.faults.add({ slot, ...fault });
  }
}
