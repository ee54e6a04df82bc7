import type { BlockFacts } from '../../decode/block-facts.ts';
import type { SectionScanner } from '../../decode/scan-sections.ts';

/** What a consumer may look at while it is called: offsets of the scanner's tables count in `bytes`. */
export interface ScannedWindow {
  readonly bytes: Buffer;
  /** File offset of `bytes[0]`. */
  readonly baseOffset: number;
  readonly scanner: SectionScanner;
}

/**
 * What is done with the slots that are read. Events of a slot come in file order and end with its Block; a slot that
 * has to be read again is announced by `resetSlot`, so whatever was gathered of it is dropped first.
 * All calls are synchronous; `flush` is awaited when `takeBlock` asked for it.
 */
export interface SlotConsumer {
  /** An event of the scanner other than a Block. @returns true when a result, or what is thought of others, rests on the event's section. */
  takeEvent(window: ScannedWindow, event: number): boolean;
  /** Section rows [from, to) were passed for which there is no event: Entries, and transactions nobody asked for. */
  passRows?(window: ScannedWindow, from: number, to: number): void;
  /** The slot is whole and verified. @returns true when `flush` must be awaited before anything else is read. */
  takeBlock(window: ScannedWindow, event: number, block: BlockFacts): boolean;
  /** Forget what was gathered since the last Block. */
  resetSlot(): void;
  flush(): Promise<void>;
  /** Whether requests are under way: they get on only in the pauses that the reader then makes. */
  hasRequests?(): boolean;
}
