import { setTimeout as sleep } from 'node:timers/promises';
import type { JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { OperatingError } from '../../core/errors.ts';
import type { SinkBatchBounds } from '../../model/sink-options.ts';
import type { SinkStatus } from '../../model/sink-status.ts';
import type { SinkMetrics } from '../../ops/sink-metrics.ts';
import type { ClickhouseClient } from '../../sinks/clickhouse-client.ts';
import { AcknowledgedMessages } from '../../sinks/nats/clear-acknowledged.ts';
import { deadLetterOf, publishDeadLetter } from '../../sinks/nats/dead-letter.ts';
import { CLICKHOUSE_SINK, SWAPS_STREAM } from '../../sinks/nats/stream-names.ts';
import { sweepAdvisories } from '../../sinks/nats/sweep-advisories.ts';
import { requireSwapTables } from '../../sinks/require-swap-tables.ts';
import { untilReachable } from '../until-reachable.ts';
import { MessageQueue } from './message-queue.ts';
import { StreamSource } from './stream-source.ts';
import { SwapIntake } from './swap-intake.ts';

export interface StreamIntakeOptions {
  readonly connection: NatsConnection;
  readonly client: ClickhouseClient;
  readonly batch: SinkBatchBounds;
  readonly onFault: (error: OperatingError) => void;
  readonly metrics: SinkMetrics;
}

/** Between two looks for messages that nobody will take any more. */
const SWEEP_INTERVAL_MS = 5_000;

/** Takes from the work queue, and clears away what can never be taken from it. */
export class StreamIntake {
  readonly #options: StreamIntakeOptions;
  readonly #source: StreamSource;
  #intake: SwapIntake | undefined;
  #swept = 0;

  constructor(options: StreamIntakeOptions) {
    this.#options = options;
    this.#source = new StreamSource(options.connection);
  }

  get counts(): Pick<SinkStatus, 'messages' | 'swaps' | 'deadLetters'> {
    const { messages = 0, swaps = 0, deadLetters = 0 } = this.#intake ?? {};
    return { messages, swaps, deadLetters: deadLetters + this.#swept };
  }

  async state(): Promise<SinkStatus['stream']> {
    const state = await this.#source.state();
    if (state !== null) this.#options.metrics.waiting.set(state.messages);
    return state;
  }

  /** Ends when the signal aborts. @throws {OperatingError} what no repeating mends. */
  async run(signal: AbortSignal): Promise<void> {
    const scope = new AbortController();
    const limit = AbortSignal.any([signal, scope.signal]);
    const consuming = endQuietly(this.#consume(limit), limit);
    try {
      await Promise.race([consuming, endQuietly(this.#sweep(limit), limit)]);
    } finally {
      scope.abort();
      await Promise.allSettled([consuming]);
    }
  }

  /** A message that is asked for has one delivery less, so none is before ClickHouse can take it. */
  async #consume(signal: AbortSignal): Promise<void> {
    const { client, onFault } = this.#options;
    await untilReachable(() => requireSwapTables(client, signal), onFault, signal);
    const bounds = await untilReachable(() => this.#source.bounds(), onFault, signal);
    const queue = new MessageQueue(bounds.ackWaitMs);
    try {
      const take = (message: JsMsg): void => queue.push(message);
      const requested = (): void => queue.putBackDue();
      const start = () => this.#source.consume({ take, requested });
      const { ended } = await untilReachable(start, onFault, signal);
      this.#intake = this.#intakeOf(queue, bounds.deliveriesMax);
      await Promise.race([ended, this.#intake.run(signal)]);
    } finally {
      await this.#source.stop();
      queue.close();
    }
  }

  #intakeOf(queue: MessageQueue, deliveriesMax: number): SwapIntake {
    const { connection, client, batch, onFault, metrics } = this.#options;
    return new SwapIntake({
      ...{ queue, client, batch, onFault, metrics, deliveriesMax },
      deadLetter: (message, reason, signal) =>
        publishDeadLetter(connection, deadLetterOf(message, reason), signal),
    });
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { connection, onFault, metrics } = this.#options;
    const queue = { stream: SWAPS_STREAM, consumer: CLICKHOUSE_SINK };
    const acknowledged = new AcknowledgedMessages(connection, queue);
    while (true) {
      try {
        const { moved, left } = await sweepAdvisories(connection, signal);
        this.#swept += moved;
        metrics.deadLetters.inc(moved);
        // A message that could not be moved is still needed, and looks like one that was acknowledged.
        if (left === 0) await acknowledged.clear();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof OperatingError) || !error.retryable) throw error;
        onFault(error);
      }
      await sleep(SWEEP_INTERVAL_MS, undefined, { signal });
    }
  }
}

/** What is thrown because of the abort says nothing. */
async function endQuietly(work: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
