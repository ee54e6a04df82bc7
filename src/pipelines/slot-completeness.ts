import { OperatingError } from '../core/errors.ts';
import { type BlockFacts, readBlockFacts } from '../decode/block-facts.ts';
import { decodeLedgerNode, NODE_KIND } from '../decode/ledger-node.ts';
import type { ScannedWindow } from './slot-consumer.ts';

/**
 * Notices a slot of which a part was not read. The number of entries is compared with what the Block links to. Where
 * a run of bytes begins, an index might point into the middle of a slot, so for the first slot of a run the
 * transactions are compared with the Entries' links too; inside a run nothing can be left out unnoticed.
 */
export class SlotCompleteness {
  #firstOfRun = false;
  #linkedTransactions = 0;

  beginRun(): void {
    this.#firstOfRun = true;
    this.#linkedTransactions = 0;
  }

  /** Section rows [from, to) were passed. */
  passRows({ bytes, scanner }: ScannedWindow, from: number, to: number): void {
    if (!this.#firstOfRun) return;
    const { kinds, nodeStarts, ends } = scanner.sections;
    for (let row = from; row < to; row++) {
      if (kinds[row] !== NODE_KIND.entry) continue;
      const node = decodeLedgerNode(bytes, nodeStarts[row] ?? 0, ends[row] ?? 0);
      if (node.kind === NODE_KIND.entry) this.#linkedTransactions += node.transactions.length;
    }
  }

  /** @throws {OperatingError} ARCHIVE_CORRUPT when sections of the slot were not there. */
  checkBlock({ bytes, scanner, baseOffset }: ScannedWindow, event: number): BlockFacts {
    const { events, sections } = scanner;
    const row = events.sections[event] ?? 0;
    const block = readBlockFacts(bytes, sections.nodeStarts[row] ?? 0, sections.ends[row] ?? 0);
    const offset = baseOffset + (sections.starts[row] ?? 0);
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
    if (this.#firstOfRun && transactions !== this.#linkedTransactions) {
      const expected = this.#linkedTransactions;
      throw incomplete({
        slot: block.slot,
        offset,
        what: 'transactions',
        expected,
        received: transactions,
      });
    }
    return block;
  }

  endSlot(): void {
    this.#firstOfRun = false;
    this.#linkedTransactions = 0;
  }
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
