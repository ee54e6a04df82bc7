import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Consumer,
  type ConsumerMessages,
  JetStreamError,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { errorText, OperatingError } from '../../core/errors.ts';
import type { SinkStatus } from '../../model/sink-status.ts';
import { hasCode, JETSTREAM_CODES, natsError } from '../../sinks/nats/nats-error.ts';
import { CLICKHOUSE_SINK, SWAPS_STREAM } from '../../sinks/nats/stream-names.ts';

/** Messages asked for at once, up to the consumer's `max_ack_pending`. More are asked for when these have come. */
const AHEAD_MAX = 5_000;
/** Time that the server has for one request. A stop waits for it; a server that is silent as long is taken for away. */
const REQUEST_MS = 1_000;
/** What the server says to a request whose consumer went while it waited. */
const DELETED = /^(consumer|stream) deleted$/;
/** The client's number for a request that the server does not understand. */
const BAD_REQUEST = 400;

const NANOS_PER_MS = 1e6;
const AGAIN_MS = 250;
/** How much longer than for the request a stop waits. */
const STOP_TIMEOUT_MS = 1_000;

export interface ConsumerBounds {
  /** Time after which a message that nobody reported on is delivered again. */
  readonly ackWaitMs: number;
  /** Deliveries of one message at most. */
  readonly deliveriesMax: number;
}

export interface SourceUser {
  readonly take: (message: JsMsg) => void;
  /** Called when a request has been sent: what is put back now reaches the server while it waits for messages. */
  readonly requested: () => void;
}

/**
 * The work queue of swaps, from which `clickhouse-sink` takes. It asks by requests that end by themselves, one after
 * the other: the client's endless way unsubscribes to end, and drops what is then on its way, which nobody would hear
 * of until `ack_wait` is over.
 */
export class StreamSource {
  readonly #connection: NatsConnection;
  #manager: JetStreamManager | undefined;
  #messages: ConsumerMessages | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopping = false;

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
  async consume(user: SourceUser): Promise<{ readonly ended: Promise<void> }> {
    try {
      const consumer = await this.#consumer();
      const ended = this.#takeUntilStopped(consumer, user);
      this.#running = ended.catch(() => {});
      return { ended };
    } catch (error) {
      throw natsError(`consuming ${SWAPS_STREAM} as ${CLICKHOUSE_SINK}`, error);
    }
  }

  async #takeUntilStopped(consumer: Consumer, user: SourceUser): Promise<void> {
    try {
      while (!this.#stopping) {
        const fault = await this.#request(consumer, user);
        if (fault === null) continue;
        await assertPassing(consumer, fault);
        await sleep(AGAIN_MS);
      }
    } catch (error) {
      throw natsError(`consuming ${SWAPS_STREAM} as ${CLICKHOUSE_SINK}`, error);
    }
  }

  /** Resolves when the server is done with the request, or with what went wrong. */
  async #request(consumer: Consumer, { take, requested }: SourceUser): Promise<Error | null> {
    const messages = await consumer.fetch({ max_messages: AHEAD_MAX, expires: REQUEST_MS });
    this.#messages = messages;
    const handOver = async (): Promise<void> => {
      for await (const message of messages) take(message);
    };
    const putBack = async (): Promise<void> => requested();
    try {
      // The client has sent the request as soon as somebody waits for the first message.
      await Promise.all([handOver(), putBack()]);
      return null;
    } catch (error) {
      if (error instanceof Error) return error;
      throw error;
    }
  }

  #consumer(): Promise<Consumer> {
    return jetstream(this.#connection).consumers.get(SWAPS_STREAM, CLICKHOUSE_SINK);
  }

  /**
   * Asks for no more messages. Resolves when all that the server sent have been handed over, or it does not answer.
   * It must not believe either that we wait for one: version 2.9 would lose sight, until `ack_wait` is over, of a
   * message that is put back then. Asking about the consumer makes it forget a request that was not answered.
   */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.race([this.#running, pause(REQUEST_MS + STOP_TIMEOUT_MS)]);
    this.#messages?.stop();
    this.#manager ??= await jetstreamManager(this.#connection, { checkAPI: false });
    const forgotten = this.#manager.consumers.info(SWAPS_STREAM, CLICKHOUSE_SINK).catch(() => {});
    await Promise.race([forgotten, pause(STOP_TIMEOUT_MS)]);
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

/**
 * A server that is away, or elects a leader, is waited out.
 * @throws {OperatingError} SINK_REFUSED when the consumer has gone, or the server refuses us for good.
 */
async function assertPassing(consumer: Consumer, fault: Error): Promise<void> {
  assertThere(fault);
  const code = 'code' in fault ? fault.code : undefined;
  if (!(fault instanceof JetStreamError) || code === BAD_REQUEST) throw fault;
  await consumer.info().catch(assertThere);
}

/** @throws {OperatingError} SINK_REFUSED when the fault says that the consumer or its stream is not there. */
function assertThere(fault: unknown): void {
  const { consumerNotFound, streamNotFound } = JETSTREAM_CODES;
  const missing = hasCode(fault, consumerNotFound) || hasCode(fault, streamNotFound);
  const text = errorText(fault);
  if (missing || DELETED.test(text)) throw consumerGone(text);
}

function consumerGone(what: string): OperatingError {
  return new OperatingError(
    'SINK_REFUSED',
    `consuming ${SWAPS_STREAM} as ${CLICKHOUSE_SINK}: expected it to stay, received "${what}"`,
    { retryable: true },
  );
}

function pause(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false });
}
