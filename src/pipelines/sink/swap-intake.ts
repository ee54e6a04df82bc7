import type { JsMsg } from '@nats-io/jetstream';
import { backoffDelayMs } from '../../core/backoff.ts';
import { OperatingError } from '../../core/errors.ts';
import type { SinkBatchBounds } from '../../model/sink-options.ts';
import type { ChainSwaps } from '../../model/swap.ts';
import { crashPoint } from '../../ops/crash-point.ts';
import type { SinkMetrics } from '../../ops/sink-metrics.ts';
import type { ClickhouseClient } from '../../sinks/clickhouse-client.ts';
import { SwapBatch } from '../../sinks/swap-batch.ts';
import { writeSwaps } from '../../sinks/swap-sink.ts';
import { decodeSwapMessage } from '../swaps/swap-message.ts';
import { untilReachable } from '../until-reachable.ts';
import type { MessageQueue } from './message-queue.ts';
import { isFaultOfTheSink } from './sink-fault.ts';

export interface SwapIntakeOptions {
  readonly queue: MessageQueue;
  readonly client: ClickhouseClient;
  readonly batch: SinkBatchBounds;
  /** Deliveries after which a message that ClickHouse refuses becomes a dead letter (`max_deliver`). */
  readonly deliveriesMax: number;
  /** Resolves when the message stands in the dead-letter stream. */
  readonly deadLetter: (message: JsMsg, reason: string, signal: AbortSignal) => Promise<void>;
  readonly onFault: (error: OperatingError) => void;
  readonly metrics: SinkMetrics;
}

interface Delivered {
  readonly message: JsMsg;
  readonly chainSwaps: ChainSwaps;
}

const BACKOFF = { firstMs: 500, maxMs: 10_000 };
/** A letter needs room for its reason; somebody may raise the server's `max_payload` meanwhile. */
const TOO_LONG_AGAIN_MS = 3_600_000;

/**
 * Brings messages into ClickHouse: insert, then acknowledge. A ClickHouse that is away holds everything up and loses
 * nothing; what it refuses for good is tried alone, and becomes a dead letter after its last delivery.
 */
export class SwapIntake {
  readonly #options: SwapIntakeOptions;
  readonly #batch = new SwapBatch();
  messages = 0;
  swaps = 0;
  deadLetters = 0;

  constructor(options: SwapIntakeOptions) {
    this.#options = options;
  }

  /** Ends when the signal aborts. @throws what no repeating mends: tables that are gone, a refused password. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const delivered = await this.#gather(signal);
      if (delivered.length === 0 || signal.aborted) continue;
      await this.#store(delivered, signal);
    }
  }

  /** Fills the batch until one of its bounds is reached. */
  async #gather(signal: AbortSignal): Promise<Delivered[]> {
    const { queue, batch: bounds } = this.#options;
    this.#batch.clear();
    await queue.arrived(signal);
    const due = AbortSignal.any([signal, AbortSignal.timeout(bounds.ageMs)]);
    const delivered: Delivered[] = [];
    while (!due.aborted) {
      const message = queue.shift();
      if (message === undefined) {
        await queue.arrived(due);
        continue;
      }
      const chainSwaps = await this.#take(message, signal);
      if (chainSwaps === null) continue;
      delivered.push({ message, chainSwaps });
      if (this.#batch.rows >= bounds.rowsMax || this.#batch.bytes >= bounds.bytesMax) break;
    }
    return delivered;
  }

  /** Adds the message to the batch. Null for one that nobody can read: it is a dead letter then. */
  async #take(message: JsMsg, signal: AbortSignal): Promise<ChainSwaps | null> {
    try {
      const chainSwaps = decodeSwapMessage(message.data);
      this.#batch.add(chainSwaps);
      return chainSwaps;
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      await this.#bury(message, error.message, signal);
      return null;
    }
  }

  async #store(delivered: readonly Delivered[], signal: AbortSignal): Promise<void> {
    const refusal = await this.#write(signal);
    if (refusal !== null && delivered.length > 1) return this.#storeHalves(delivered, signal);
    crashPoint('sink-before-ack');
    for (const one of delivered) {
      if (refusal === null) this.#acknowledge(one);
      else await this.#refused(one.message, refusal, signal);
    }
    crashPoint('sink-after-ack');
  }

  /** Finds the messages that ClickHouse refuses among others that it takes: every insert is a part to be merged. */
  async #storeHalves(delivered: readonly Delivered[], signal: AbortSignal): Promise<void> {
    const middle = delivered.length >> 1;
    for (const half of [delivered.slice(0, middle), delivered.slice(middle)]) {
      this.#batch.clear();
      for (const { chainSwaps } of half) this.#batch.add(chainSwaps);
      await this.#store(half, signal);
    }
  }

  /** Resolves when the batch is in ClickHouse, or with what ClickHouse has against it. */
  async #write(signal: AbortSignal): Promise<OperatingError | null> {
    const { client, onFault } = this.#options;
    const insert = (): Promise<void> => {
      crashPoint('sink-before-insert');
      return writeSwaps(client, this.#batch, signal);
    };
    try {
      await untilReachable(insert, onFault, signal);
      return null;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OperatingError) || isFaultOfTheSink(error)) throw error;
      return error;
    }
  }

  #acknowledge({ message, chainSwaps }: Delivered): void {
    const { queue, metrics } = this.#options;
    queue.acknowledge(message);
    this.messages++;
    this.swaps += chainSwaps.swaps.length;
    metrics.messages.inc();
    metrics.swaps.inc(chainSwaps.swaps.length);
  }

  async #refused(message: JsMsg, refusal: OperatingError, signal: AbortSignal): Promise<void> {
    const { queue, deliveriesMax, onFault } = this.#options;
    const { deliveryCount } = message.info;
    onFault(refusal);
    if (deliveryCount >= deliveriesMax) await this.#bury(message, refusal.message, signal);
    else queue.putBack(message, backoffDelayMs(deliveryCount - 1, BACKOFF, Math.random()));
  }

  async #bury(message: JsMsg, reason: string, signal: AbortSignal): Promise<void> {
    const { deadLetter, queue, metrics, onFault } = this.#options;
    try {
      await untilReachable(() => deadLetter(message, reason, signal), onFault, signal);
    } catch (error) {
      if (!(error instanceof OperatingError) || error.code !== 'RECORD_TOO_LARGE') throw error;
      onFault(error);
      queue.putAway(message, TOO_LONG_AGAIN_MS);
      return;
    }
    queue.acknowledge(message);
    this.deadLetters++;
    metrics.deadLetters.inc();
  }
}
