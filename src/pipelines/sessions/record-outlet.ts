import type { MessagePort } from 'node:worker_threads';
import { OperatingError } from '../../core/errors.ts';
import type { IqRecord } from '../../model/iq-record.ts';
import type {
  BatchAck,
  RecordBatch,
  ShardCounters,
  SlotStatusRow,
  WorkerLimits,
} from '../../model/worker-task.ts';

export interface RecordOutletOptions {
  readonly shardId: number;
  readonly port: MessagePort;
  readonly limits: Pick<WorkerLimits, 'batchRecordsMax' | 'batchBytesMax' | 'batchesInFlightMax'>;
}

/** Bytes a record costs besides its payload; a round number on the safe side. */
const RECORD_OVERHEAD_BYTES = 512;
const SLOT_ROW_BYTES = 32;

/**
 * Hands finished slots to the supervisor in bounded batches. A slot is added whole, after its Block was read,
 * so a slot that is retried never shows up twice in part. At most `batchesInFlightMax` batches are unacknowledged;
 * `addSlot` says when the caller must wait.
 */
export class RecordOutlet {
  readonly #options: RecordOutletOptions;
  #records: IqRecord[] = [];
  #slots: SlotStatusRow[] = [];
  #bytes = 0;
  #sent = 0;
  #acknowledged = 0;
  #closed = false;
  #wake: () => void = () => {};

  constructor(options: RecordOutletOptions) {
    this.#options = options;
    options.port.on('message', (ack: BatchAck) => {
      this.#acknowledged = Math.max(this.#acknowledged, ack.sequence + 1);
      this.#wake();
    });
    options.port.once('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  /** True when a batch is due: call `flush` before adding more. */
  addSlot(row: SlotStatusRow, records: readonly IqRecord[]): boolean {
    this.#slots.push(row);
    this.#bytes += SLOT_ROW_BYTES;
    return this.addRecords(records);
  }

  /** Records that come without their slot, as from RPC. */
  addRecords(records: readonly IqRecord[]): boolean {
    for (const record of records) {
      this.#records.push(record);
      this.#bytes += RECORD_OVERHEAD_BYTES + payloadBytes(record);
    }
    const { batchRecordsMax, batchBytesMax } = this.#options.limits;
    const rows = this.#records.length + this.#slots.length;
    return rows >= batchRecordsMax || this.#bytes >= batchBytesMax;
  }

  /**
   * Sends what was added and waits while too many batches are unacknowledged.
   * @throws {OperatingError} CANCELLED when the other end of the channel is gone.
   */
  async flush(): Promise<void> {
    if (this.#records.length + this.#slots.length > 0) {
      const batch: RecordBatch = {
        type: 'records',
        shardId: this.#options.shardId,
        sequence: this.#sent++,
        records: this.#records,
        slots: this.#slots,
      };
      this.#options.port.postMessage(batch);
      this.#records = [];
      this.#slots = [];
      this.#bytes = 0;
    }
    await this.#waitUntilInFlightBelow(this.#options.limits.batchesInFlightMax);
  }

  /** Sends the rest and resolves when the supervisor has taken everything. */
  async drain(): Promise<void> {
    await this.flush();
    await this.#waitUntilInFlightBelow(1);
  }

  progress(counters: ShardCounters): void {
    const { port, shardId } = this.#options;
    port.postMessage({ type: 'progress', shardId, counters });
  }

  async #waitUntilInFlightBelow(bound: number): Promise<void> {
    while (this.#sent - this.#acknowledged >= bound) {
      if (this.#closed) throw abandoned(this.#options.shardId);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function abandoned(shardId: number): OperatingError {
  return new OperatingError(
    'CANCELLED',
    `handing over the records of shard ${shardId}: expected an acknowledgement, the channel was closed`,
    { retryable: false, fields: { shardId } },
  );
}

function payloadBytes(record: IqRecord): number {
  switch (record.type) {
    case 'chunk':
    case 'link':
      return record.payload.length;
    case 'finalize':
    case 'tail':
    case 'inline':
      return record.metadata?.length ?? 0;
    case 'create':
      return 0;
  }
}
