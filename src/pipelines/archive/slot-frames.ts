import type { DataFrame } from '../../decode/data-frame.ts';
import { decodeLedgerNode, NODE_KIND } from '../../decode/ledger-node.ts';
import { recordTooLarge } from '../../decode/malformed-record.ts';
import type { ScannedWindow } from './slot-consumer.ts';

/** Bytes a remembered frame costs besides its data. */
const FRAME_OVERHEAD_BYTES = 256;

/**
 * Continuation frames of the slot that is being read, by CID. They stand before the node that needs them, so they
 * are copied out of the window; their sum is bounded.
 */
export class SlotFrames {
  readonly #bytesMax: number;
  readonly #frames = new Map<string, DataFrame>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** @throws {OperatingError} RECORD_TOO_LARGE when the slot's frames exceed the bound. */
  keep({ bytes, scanner }: ScannedWindow, event: number): void {
    const { sections, events } = scanner;
    const row = events.sections[event] ?? 0;
    const start = sections.nodeStarts[row] ?? 0;
    const end = sections.ends[row] ?? 0;
    this.#bytes += end - start + FRAME_OVERHEAD_BYTES;
    if (this.#bytes > this.#bytesMax) {
      throw recordTooLarge({
        attempted: 'gather the DataFrames of a slot',
        offset: start,
        expected: `up to ${this.#bytesMax} bytes of them`,
        received: 'more',
      });
    }
    const copy = Uint8Array.from(bytes.subarray(start, end));
    const node = decodeLedgerNode(copy, 0, copy.length);
    if (node.kind !== NODE_KIND.dataFrame) return;
    const digest = sections.digestStarts[row] ?? 0;
    this.#frames.set(bytes.toString('latin1', digest, digest + 32), node);
  }

  /** The frame that a binary CID names, or undefined. */
  readonly find = (cid: Uint8Array): DataFrame | undefined =>
    this.#frames.get(Buffer.from(cid.buffer, cid.byteOffset, cid.length).toString('latin1', 4, 36));

  reset(): void {
    if (this.#bytes === 0) return;
    this.#frames.clear();
    this.#bytes = 0;
  }
}
