import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { natsError } from './nats-error.ts';

export interface BacklogBounds {
  /** The stream that takes this subject is the one that is looked at. */
  readonly subject: string;
  /** Messages in the stream at which whoever asks has to wait. */
  readonly messagesMax: number;
  /** Messages at which the wait is over. */
  readonly resumeAt: number;
}

/** A look costs the server a request; between two of them a worker publishes some thousand messages at most. */
const LOOK_INTERVAL_MS = 500;

/** Holds a publisher back while the consumers of a work queue are too far behind. */
export class StreamBacklog {
  readonly #connection: NatsConnection;
  readonly #bounds: BacklogBounds;
  #manager: JetStreamManager | undefined;
  #stream = '';
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Waits, and how long they took together. */
  pauses = 0;
  pausedMs = 0;

  constructor(connection: NatsConnection, bounds: BacklogBounds) {
    this.#connection = connection;
    this.#bounds = bounds;
  }

  /**
   * Resolves when the stream holds less than the bound. A server that does not answer holds nobody up here:
   * publishing then waits for it anyway.
   */
  async belowBound(signal: AbortSignal): Promise<void> {
    if (performance.now() - this.#lookedAt < LOOK_INTERVAL_MS) return;
    const { messagesMax, resumeAt } = this.#bounds;
    if ((await this.#look()) < messagesMax) return;
    const since = performance.now();
    this.pauses++;
    try {
      do await sleep(LOOK_INTERVAL_MS, undefined, { signal });
      while ((await this.#look()) > resumeAt);
    } finally {
      this.pausedMs += performance.now() - since;
    }
  }

  async #look(): Promise<number> {
    const { subject } = this.#bounds;
    try {
      this.#manager ??= await jetstreamManager(this.#connection, { checkAPI: false });
      if (this.#stream === '') this.#stream = await this.#manager.streams.find(subject);
      const { state } = await this.#manager.streams.info(this.#stream);
      return state.messages;
    } catch (error) {
      const fault = natsError(`asking for the backlog of ${subject}`, error);
      if (!fault.retryable) throw fault;
      return 0;
    } finally {
      this.#lookedAt = performance.now();
    }
  }
}
