import { OperatingError } from '../../core/errors.ts';
import type { BlockFacts } from '../../decode/block-facts.ts';
import { decodeLedgerNode, NODE_KIND } from '../../decode/ledger-node.ts';
import type { ScannedWindow } from './slot-consumer.ts';

/** A link to a node in canonical form: tag 42, then 37 bytes. */
const LINK_BYTES = 41;

/**
 * Notices a slot of which a part was not read: an index may point into the middle of a slot, a section may have
 * swallowed those behind it or be missing from the file. The Block tells how many Entries a slot has, and these tell
 * how many transactions.
 */
export class SlotCompleteness {
  #linkedTransactions = 0;
  /** Sections since the last Block that belong to a slot. */
  #sections = 0;

  /** True when a slot has begun and its Block was not yet read. */
  get unfinished(): boolean {
    return this.#sections > 0;
  }

  /** Section rows [from, to) were passed. @throws {OperatingError} RECORD_MALFORMED at a broken Entry. */
  passRows({ bytes, scanner }: ScannedWindow, from: number, to: number): void {
    const { kinds, nodeStarts, ends } = scanner.sections;
    for (let row = from; row < to; row++) {
      const kind = kinds[row];
      if (kind !== NODE_KIND.subset && kind !== NODE_KIND.epoch) this.#sections++;
      if (kind !== NODE_KIND.entry) continue;
      this.#linkedTransactions += linkCount(bytes, nodeStarts[row] ?? 0, ends[row] ?? 0);
    }
  }

  /** @throws {OperatingError} ARCHIVE_CORRUPT when sections of the slot were not there. */
  checkBlock({ scanner, baseOffset }: ScannedWindow, event: number, block: BlockFacts): void {
    const { events, sections } = scanner;
    const offset = baseOffset + (sections.starts[events.sections[event] ?? 0] ?? 0);
    const entries = events.slotEntries[event] ?? 0;
    if (entries !== block.entryCount) {
      throw incomplete({
        slot: block.slot,
        offset,
        what: 'entries',
        expected: block.entryCount,
        received: entries,
      });
    }
    const transactions = events.slotTransactions[event] ?? 0;
    const expected = this.#linkedTransactions;
    if (transactions !== expected) {
      throw incomplete({
        slot: block.slot,
        offset,
        what: 'transactions',
        expected,
        received: transactions,
      });
    }
  }

  /** Forget what was passed since the last Block. */
  resetSlot(): void {
    this.#linkedTransactions = 0;
    this.#sections = 0;
  }
}

/** Transactions of an Entry. Called for every Entry of the archive, so the usual layout is stepped through in place. */
function linkCount(bytes: Buffer, start: number, end: number): number {
  // Two bytes of head, the number of hashes, then `58 20` and the hash.
  const hashesHead = bytes[start + 2] ?? 0;
  const hashesBytes = hashesHead < 0x18 ? 1 : 1 + (1 << (hashesHead - 0x18));
  const hashAt = start + 2 + hashesBytes;
  let at = hashAt + 34;
  let count = (bytes[at++] ?? 0) - 0x80;
  if (count === 0x18) count = bytes[at++] ?? 0;
  const usual = hashesHead <= 0x1b && bytes[hashAt] === 0x58 && bytes[hashAt + 1] === 0x20;
  if (usual && count >= 0 && at + count * LINK_BYTES === end) return count;
  const node = decodeLedgerNode(bytes, start, end);
  return node.kind === NODE_KIND.entry ? node.transactions.length : 0;
}

interface Incomplete {
  readonly slot: number;
  readonly offset: number;
  readonly what: string;
  readonly expected: number;
  readonly received: number;
}

function incomplete({ slot, offset, what, expected, received }: Incomplete): OperatingError {
  return new OperatingError(
    'ARCHIVE_CORRUPT',
    `reading slot ${slot}: expected the ${expected} ${what} that its Block stands for, received ${received}`,
    { retryable: false, fields: { slot, offset } },
  );
}
