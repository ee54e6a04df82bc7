import { OperatingError } from '../../core/errors.ts';
import { ZstdDecoder } from '../../decode/zstd.ts';
import { atFileOffset } from './at-file-offset.ts';
import type { ScannedWindow } from './slot-consumer.ts';
import { SlotFrames } from './slot-frames.ts';
import type { PayloadReader } from './transaction-payloads.ts';

/** What every consumer of slots does alike with an event. */

/** Where the event's section begins, counted in the window's bytes. */
export function sectionStart({ scanner }: ScannedWindow, event: number): number {
  return scanner.sections.starts[scanner.events.sections[event] ?? 0] ?? 0;
}

/** A decoder's error with the place of the event's section in the file. */
export function atEvent(error: unknown, window: ScannedWindow, event: number): unknown {
  return atFileOffset(error, window.baseOffset + sectionStart(window, event));
}

export function strayTransaction(slot: number, received: number): OperatingError {
  return new OperatingError(
    'ARCHIVE_CORRUPT',
    `reading slot ${slot}: expected transactions of this slot, received one of slot ${received}`,
    { retryable: false, fields: { slot, received } },
  );
}

/** @param bounds bytes of the frames that a slot may continue in, and of one joined payload. */
export function openPayloads(bounds: {
  readonly slotRecordsBytesMax: number;
  readonly payloadBytesMax: number;
}): PayloadReader {
  const { slotRecordsBytesMax, payloadBytesMax } = bounds;
  return {
    frames: new SlotFrames(slotRecordsBytesMax),
    zstd: new ZstdDecoder(payloadBytesMax),
    payloadBytesMax,
  };
}
