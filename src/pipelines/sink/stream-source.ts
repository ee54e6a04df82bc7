import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Consumer,
  type ConsumerMessages,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { OperatingError } from '../../core/errors.ts';
import type { SinkStatus } from '../../model/sink-status.ts';
import { natsError } from '../../sinks/nats/nats-error.ts';
import { CLICKHOUSE_SINK, SWAPS_STREAM } from '../../sinks/nats/stream-names.ts';

/** Messages asked for at once. More are asked for as these come in, up to the consumer's `max_ack_pending`. */
const AHEAD_MAX = 5_000;
/** What the client says when the consumer is of no use any more. */
const FATAL = new Set(['consumer_deleted', 'stream_not_found', 'consumer_not_found']);

const NANOS_PER_MS = 1e6;
const STOP_TIMEOUT_MS = 1_000;

export interface ConsumerBounds {
  /** Time after which a message that nobody reported on is delivered again. */
  readonly ackWaitMs: number;
  /** Deliveries of one message at most. */
  readonly deliveriesMax: number;
}

/** The work queue of swaps, from which `clickhouse-sink` takes. */
export class StreamSource {
  readonly #connection: NatsConnection;
  #manager: JetStreamManager | undefined;
  #messages: ConsumerMessages | undefined;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  /** @throws {OperatingError} SINK_REFUSED, SINK_UNREACHABLE when the consumer cannot be reached. */
  async bounds(): Promise<ConsumerBounds> {
    try {
      const consumer = await this.#consumer();
      const { ack_wait, max_deliver } = (await consumer.info(true)).config;
      return { ackWaitMs: (ack_wait ?? 0) / NANOS_PER_MS, deliveriesMax: max_deliver ?? 1 };
    } catch (error) {
      throw natsError(`asking for consumer ${CLICKHOUSE_SINK} of ${SWAPS_STREAM}`, error);
    }
  }

  /**
   * Hands over messages until `stop`. The returned promise tells when nothing will come any more.
   * @throws as `bounds`.
   */
  async consume(take: (message: JsMsg) => void): Promise<{ readonly ended: Promise<void> }> {
    try {
      const consumer = await this.#consumer();
      const messages = await consumer.consume({ max_messages: AHEAD_MAX, callback: take });
      this.#messages = messages;
      return { ended: watch(messages) };
    } catch (error) {
      throw natsError(`consuming ${SWAPS_STREAM} as ${CLICKHOUSE_SINK}`, error);
    }
  }

  #consumer(): Promise<Consumer> {
    return jetstream(this.#connection).consumers.get(SWAPS_STREAM, CLICKHOUSE_SINK);
  }

  /**
   * Asks for no more messages. Resolves when the server has forgotten that we did, or does not answer: version 2.9
   * would lose sight, until `ack_wait` is over, of a message that is put back while it believes that we wait for one.
   */
  async stop(): Promise<void> {
    this.#messages?.stop();
    this.#manager ??= await jetstreamManager(this.#connection, { checkAPI: false });
    const forgotten = this.#manager.consumers.info(SWAPS_STREAM, CLICKHOUSE_SINK).catch(() => {});
    await Promise.race([forgotten, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
  }

  async state(): Promise<SinkStatus['stream']> {
    try {
      this.#manager ??= await jetstreamManager(this.#connection, { checkAPI: false });
      const { state } = await this.#manager.streams.info(SWAPS_STREAM);
      const { messages, first_seq, last_seq } = state;
      return { messages, firstSequence: first_seq, lastSequence: last_seq };
    } catch (error) {
      throw natsError(`asking for the state of ${SWAPS_STREAM}`, error);
    }
  }
}

/** Resolves when it was stopped; rejects when the consumer has gone. */
async function watch(messages: ConsumerMessages): Promise<void> {
  const gone = Promise.withResolvers<never>();
  const look = async (): Promise<void> => {
    for await (const { type } of messages.status()) {
      if (FATAL.has(type)) gone.reject(consumerGone(type));
    }
  };
  look().catch(gone.reject);
  const closed = await Promise.race([messages.closed(), gone.promise]);
  if (closed instanceof Error) throw natsError(`consuming ${SWAPS_STREAM}`, closed);
}

function consumerGone(type: string): OperatingError {
  return new OperatingError(
    'SINK_REFUSED',
    `consuming ${SWAPS_STREAM} as ${CLICKHOUSE_SINK}: expected it to stay, received ${type}`,
    { retryable: true },
  );
}
