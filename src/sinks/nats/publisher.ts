import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamClient, jetstream } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { type BackoffOptions, backoffDelayMs } from '../../core/backoff.ts';
import { OperatingError } from '../../core/errors.ts';
import { isUnheard, natsError } from './nats-error.ts';
import { HEADER_BYTES_RESERVE } from './payload-bound.ts';
import { unheardError } from './unheard-error.ts';

export interface SwapPublisherOptions {
  readonly connection: NatsConnection;
  /** Messages that were sent and not yet acknowledged by their stream. */
  readonly windowMax: number;
  readonly backoff: BackoffOptions;
  /** Value in [0, 1) for the jitter of retries. */
  readonly random: () => number;
  /** Told about every fault that is waited out: the message is sent again under its id. */
  readonly onRetry: (fault: OperatingError) => void;
}

interface Message {
  readonly subject: string;
  readonly msgId: string;
  readonly payload: Uint8Array;
}

/** How long a stream may take to acknowledge before the message is sent again under the same id. */
const ACK_TIMEOUT_MS = 5_000;

/** The header that people look for by name. JetStream itself knows a duplicate only by `Nats-Msg-Id`. */
const MSG_ID_HEADER = 'Msg-Id';

/**
 * Publishes to JetStream in a bounded window, each message under an id that makes repeating harmless. Faults that
 * pass (no leader, stream full, server away) are repeated until the signal aborts; others are kept for the next call.
 */
export class SwapPublisher {
  readonly #options: SwapPublisherOptions;
  readonly #jetstream: JetStreamClient;
  #inFlight = 0;
  #failure: OperatingError | null = null;
  #changed: PromiseWithResolvers<void> | null = null;

  /** Messages that a stream has stored. */
  acknowledged = 0;
  /** Of those, messages that were there already under the same id. */
  duplicates = 0;
  /** Times that a message was sent again. */
  retries = 0;
  /** Waits for room in the window, and how long they took together. */
  pauses = 0;
  pausedMs = 0;

  constructor(options: SwapPublisherOptions) {
    this.#options = options;
    this.#jetstream = jetstream(options.connection, { timeout: ACK_TIMEOUT_MS });
  }

  /** Messages that are sent and not yet acknowledged. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Sends the message, after a wait where the window is full; only then is there anything to await. The payload is
   * kept until it is acknowledged, so the caller must not write into it again.
   * @throws {OperatingError} what an earlier message met: RECORD_TOO_LARGE, SINK_REFUSED, SINK_UNREACHABLE.
   */
  publish(
    subject: string,
    msgId: string,
    payload: Uint8Array,
    signal: AbortSignal,
  ): Promise<void> | void {
    const message = { subject, msgId, payload };
    if (this.#failure === null && this.#inFlight < this.#options.windowMax) {
      return this.#begin(message, signal);
    }
    return this.#beginWithRoom(message, signal);
  }

  /** Resolves when the window has room. @throws as `publish`. */
  async ready(signal: AbortSignal): Promise<void> {
    this.#throwFailure();
    if (this.#inFlight < this.#options.windowMax) return;
    const since = performance.now();
    this.pauses++;
    try {
      while (this.#inFlight >= this.#options.windowMax) await this.#change(signal);
    } finally {
      this.pausedMs += performance.now() - since;
    }
  }

  /**
   * Resolves when every message was acknowledged by its stream. The signal is the one that they were published with:
   * after an abort they were given up.
   * @throws as `publish`.
   */
  async drain(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#throwFailure();
    while (this.#inFlight > 0) await this.#change(signal);
  }

  /** Of several that waited, one may have taken the room before the next looks. */
  async #beginWithRoom(message: Message, signal: AbortSignal): Promise<void> {
    do await this.ready(signal);
    while (this.#inFlight >= this.#options.windowMax);
    this.#begin(message, signal);
  }

  #begin(message: Message, signal: AbortSignal): void {
    this.#inFlight++;
    this.#deliver(message, signal)
      .catch((error: unknown) => {
        // An aborted caller hears of it from its own signal.
        if (!signal.aborted) this.#failure ??= natsError(describe(message), error);
      })
      .finally(() => {
        this.#inFlight--;
        this.#wake();
      });
  }

  async #deliver(message: Message, signal: AbortSignal): Promise<void> {
    assertFits(message, this.#options.connection);
    for (let attempt = 0; ; attempt++) {
      const error = await this.#send(message);
      if (error === null) return;
      signal.throwIfAborted();
      if (!error.retryable || this.#options.connection.isClosed()) throw error;
      this.retries++;
      this.#options.onRetry(error);
      const pauseMs = backoffDelayMs(attempt, this.#options.backoff, this.#options.random());
      await sleep(pauseMs, undefined, { signal });
    }
  }

  /** @returns what went wrong, or null when the stream has stored the message. */
  async #send(message: Message): Promise<OperatingError | null> {
    const marked = headers();
    marked.set(MSG_ID_HEADER, message.msgId);
    try {
      const options = { msgID: message.msgId, headers: marked };
      const ack = await this.#jetstream.publish(message.subject, message.payload, options);
      this.acknowledged++;
      if (ack.duplicate) this.duplicates++;
      return null;
    } catch (error) {
      const attempted = describe(message);
      if (!isUnheard(error)) return natsError(attempted, error);
      const { connection } = this.#options;
      return unheardError(connection, { attempted, subject: message.subject }, error);
    }
  }

  async #change(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#changed ??= Promise.withResolvers<void>();
    const { promise } = this.#changed;
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', wake);
    }
    signal.throwIfAborted();
    this.#throwFailure();
  }

  #wake(): void {
    this.#changed?.resolve();
    this.#changed = null;
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}

function describe({ subject, msgId }: Message): string {
  return `publishing ${msgId} to ${subject}`;
}

function assertFits(message: Message, connection: NatsConnection): void {
  const max = connection.info?.max_payload;
  if (max === undefined || message.payload.length + HEADER_BYTES_RESERVE <= max) return;
  const bytes = message.payload.length;
  const text = `${describe(message)}: expected at most ${max - HEADER_BYTES_RESERVE} bytes, received ${bytes}`;
  throw new OperatingError('RECORD_TOO_LARGE', text, { retryable: false, fields: { bytes, max } });
}
