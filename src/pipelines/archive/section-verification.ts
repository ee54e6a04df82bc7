import { OperatingError } from '../../core/errors.ts';
import { NODE_KIND } from '../../decode/ledger-node.ts';
import type { SectionHasher } from '../../decode/section-hasher.ts';
import type { SectionTable } from '../../decode/section-tables.ts';
import type { VerifyLevel } from '../../model/worker-task.ts';
import type { ScannedWindow } from './slot-consumer.ts';

/**
 * Checks CID digests as the user's level says. `all`: every section, in batches, before anything of it is believed.
 * `used`: sections that became part of a result, the Entry that closes over them, and their Block.
 */
export class SectionVerification {
  readonly #hasher: SectionHasher;
  readonly #level: VerifyLevel;
  readonly #everyBlock: boolean;
  /** `used`: a result of this slot waits for its Entry, or for its Block. */
  #awaitsEntry = false;
  #awaitsBlock = false;
  /** Sections whose digest was right. */
  verified = 0;

  /**
   * @param blocksDecide only the Blocks tell which slots were read and where the range ends, so all of them are used.
   */
  constructor(hasher: SectionHasher, level: VerifyLevel, blocksDecide: boolean) {
    this.#hasher = hasher;
    this.#level = level;
    this.#everyBlock = level === 'used' && blocksDecide;
  }

  /**
   * To be called after every scan, before its events are looked at.
   * @returns how many rows may be believed: all, or those before the first section with another digest.
   */
  believedRows({ scanner }: ScannedWindow): number {
    const { sections } = scanner;
    if (this.#level !== 'all') return sections.count;
    const bad = this.#hasher.verify(sections, 0, sections.count);
    const good = bad < 0 ? sections.count : bad;
    this.verified += good;
    return good;
  }

  /** A section became part of a result. */
  use(window: ScannedWindow, row: number): void {
    if (this.#level !== 'used') return;
    this.#verifyRow(window, row);
    this.#awaitsEntry = true;
    this.#awaitsBlock = true;
  }

  /** Rows from `from` up to `to` were passed: verifies the Entry that a result waits for. */
  passRows(window: ScannedWindow, from: number, to: number): void {
    if (!this.#awaitsEntry) return;
    const { kinds } = window.scanner.sections;
    for (let row = from; row < to && this.#awaitsEntry; row++) {
      if (kinds[row] !== NODE_KIND.entry) continue;
      this.#verifyRow(window, row);
      this.#awaitsEntry = false;
    }
  }

  passBlock(window: ScannedWindow, row: number): void {
    if (this.#awaitsBlock || this.#everyBlock) this.#verifyRow(window, row);
    this.resetSlot();
  }

  resetSlot(): void {
    this.#awaitsEntry = false;
    this.#awaitsBlock = false;
  }

  #verifyRow(window: ScannedWindow, row: number): void {
    const { sections } = window.scanner;
    if (this.#hasher.verify(sections, row, row + 1) >= 0) throw digestError(window, sections, row);
    this.verified++;
  }
}

/** @returns the error for a section whose bytes are not what its CID says. */
export function digestError(
  window: ScannedWindow,
  sections: SectionTable,
  row: number,
): OperatingError {
  const offset = window.baseOffset + (sections.starts[row] ?? 0);
  return new OperatingError(
    'ARCHIVE_CORRUPT',
    `verifying the section at offset ${offset}: expected the SHA-256 that its CID names, received other bytes`,
    { retryable: false, fields: { offset } },
  );
}
