import type { BlockFacts } from '../src/decode/block-facts.ts';
import { NODE_KIND } from '../src/decode/ledger-node.ts';
import { StatusMetaFields } from '../src/decode/status-meta-fields.ts';
import { createTransactionLayout, readTransaction } from '../src/decode/transaction.ts';
import { ZstdDecoder } from '../src/decode/zstd.ts';
import type { WorkerLimits } from '../src/model/worker-task.ts';
import type { CountingConsumer } from '../src/pipelines/archive/read-shard.ts';
import type { ScannedWindow } from '../src/pipelines/archive/slot-consumer.ts';
import { SlotFrames } from '../src/pipelines/archive/slot-frames.ts';
import {
  type PayloadReader,
  readMetadataFields,
} from '../src/pipelines/archive/transaction-payloads.ts';

/** Decodes every transaction and its metadata, and does nothing with them: the least that a job over all can do. */
export class DecodingConsumer implements CountingConsumer {
  readonly #payloads: PayloadReader;
  readonly #layout = createTransactionLayout();
  readonly #fields = new StatusMetaFields();
  transactions = 0;
  readonly votes = 0;
  readonly entries = 0;
  metadataDecoded = 0;
  readonly instructionsIgnored = 0;

  constructor({ slotRecordsBytesMax, sectionBytesMax }: WorkerLimits) {
    this.#payloads = {
      frames: new SlotFrames(slotRecordsBytesMax),
      zstd: new ZstdDecoder(sectionBytesMax),
      payloadBytesMax: sectionBytesMax,
    };
  }

  takeEvent(window: ScannedWindow, event: number): boolean {
    const { events } = window.scanner;
    if (events.kinds[event] !== NODE_KIND.transaction) return true;
    const start = events.dataStarts[event] ?? 0;
    readTransaction(window.bytes, start, events.dataEnds[event] ?? 0, this.#layout);
    if (readMetadataFields(window, event, this.#payloads, this.#fields) !== null) {
      this.metadataDecoded++;
    }
    return true;
  }

  takeBlock({ scanner: { events } }: ScannedWindow, event: number, _block: BlockFacts): boolean {
    this.transactions += events.slotTransactions[event] ?? 0;
    return false;
  }

  resetSlot(): void {
    this.#payloads.frames.reset();
  }

  async flush(): Promise<void> {}
}
