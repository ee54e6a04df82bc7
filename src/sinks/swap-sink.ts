import { randomBytes } from 'node:crypto';
import type { ChainSwaps } from '../model/swap.ts';
import type { ClickhouseClient } from './clickhouse-client.ts';
import { SwapBatch } from './swap-batch.ts';

export interface SwapWriterOptions {
  readonly client: ClickhouseClient;
  /** A batch is sent when it holds as many rows or bytes; it ends with a whole transaction. */
  readonly batchRowsMax: number;
  readonly batchBytesMax: number;
  /** Batches that are not yet accepted. */
  readonly batchesInFlightMax: number;
}

/**
 * Brings a batch into ClickHouse: the swaps, then, when they can be seen, the windows of time whose candles they
 * change. Resolves when all are accepted. The batch must not be changed meanwhile. Writing again what was written
 * changes no swap and no candle.
 * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED, DISK_FULL.
 */
export async function writeSwaps(
  client: ClickhouseClient,
  batch: SwapBatch,
  signal: AbortSignal,
): Promise<void> {
  if (batch.rows > 0) await client.insertBlock('swaps', batch.block(), signal);
  if (batch.touches.rows === 0) return;
  const touches = batch.touches.block(randomBytes(8).readBigUInt64LE());
  await client.insertBlock('candle_touches', touches, signal);
}

/** Of this thread: batches that are filled again, because memory for new ones makes the collector run. */
const spare: SwapBatch[] = [];

/** Brings swaps into ClickHouse in batches, of which several are under way at once. */
export class SwapWriter {
  readonly #options: SwapWriterOptions;
  readonly #inFlight = new Set<Promise<void>>();
  #batch = spare.pop() ?? new SwapBatch();
  #failure: unknown;

  constructor(options: SwapWriterOptions) {
    this.#options = options;
  }

  /** Whether batches are on their way. */
  get hasRequests(): boolean {
    return this.#inFlight.size > 0;
  }

  /**
   * The swaps are copied.
   * @returns true when a batch is due: call `flush` before adding more.
   * @throws {OperatingError} RECORD_MALFORMED when a number does not fit; nothing of the transaction is kept then.
   */
  add(swaps: ChainSwaps): boolean {
    const batch = this.#batch;
    batch.add(swaps);
    const { batchRowsMax, batchBytesMax } = this.#options;
    return batch.rows >= batchRowsMax || batch.bytes >= batchBytesMax;
  }

  /**
   * Sends what was added and waits while too many batches are under way.
   * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED, DISK_FULL: what an earlier batch met.
   */
  async flush(signal: AbortSignal): Promise<void> {
    const batch = this.#batch;
    if (batch.rows > 0) {
      this.#batch = spare.pop() ?? new SwapBatch();
      this.#follow(batch, signal);
    }
    while (this.#inFlight.size >= this.#options.batchesInFlightMax) {
      await Promise.race(this.#inFlight);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Sends the rest; resolves when ClickHouse has accepted everything. @throws as `flush`. */
  async drain(signal: AbortSignal): Promise<void> {
    await this.flush(signal);
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when nothing is under way any more, whatever became of it; the writer is then of no more use. */
  async close(): Promise<void> {
    await Promise.all(this.#inFlight);
    giveBack(this.#batch);
  }

  /** A failure is kept for the next `flush`, since nobody waits for this one request. */
  #follow(batch: SwapBatch, signal: AbortSignal): void {
    const followed = writeSwaps(this.#options.client, batch, signal)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        giveBack(batch);
        this.#inFlight.delete(followed);
      });
    this.#inFlight.add(followed);
  }
}

function giveBack(batch: SwapBatch): void {
  batch.clear();
  spare.push(batch);
}
