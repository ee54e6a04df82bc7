import type { JsMsg } from '@nats-io/jetstream';

/** Times that the server is told of a message in work while it waits (`ack_wait`): one may be late, or two. */
const REPORTS_PER_WAIT = 4;

/**
 * Messages that were delivered and not yet acknowledged. Their number is bounded by the consumer's `max_ack_pending`;
 * as long as they are here, the server does not deliver them again.
 */
export class MessageQueue {
  readonly #unacknowledged = new Set<JsMsg>();
  /** Those of them that are to be put back, and when. */
  readonly #paused = new Map<JsMsg, number>();
  #queue: JsMsg[] = [];
  #next = 0;
  #arrived: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  readonly #timer: NodeJS.Timeout;

  /** @param ackWaitMs time after which the server delivers a message again that it has not heard of. */
  constructor(ackWaitMs: number) {
    const report = (): void => {
      for (const message of this.#unacknowledged) message.working();
    };
    this.#timer = setInterval(report, ackWaitMs / REPORTS_PER_WAIT).unref();
  }

  push(message: JsMsg): void {
    this.#unacknowledged.add(message);
    this.#queue.push(message);
    this.#arrived.resolve();
  }

  shift(): JsMsg | undefined {
    const message = this.#queue[this.#next];
    if (message !== undefined) this.#next++;
    if (this.#next === this.#queue.length) {
      this.#queue = [];
      this.#next = 0;
    }
    return message;
  }

  /** Resolves when a message is there, or the signal aborts. */
  async arrived(signal: AbortSignal): Promise<void> {
    if (this.#queue.length > this.#next || signal.aborted) return;
    this.#arrived = Promise.withResolvers<void>();
    const { promise, resolve } = this.#arrived;
    const wake = (): void => resolve();
    signal.addEventListener('abort', wake, { once: true });
    await promise;
    // The signal may outlive a million waits.
    signal.removeEventListener('abort', wake);
  }

  /** Done with for good. */
  acknowledge(message: JsMsg): void {
    message.ack();
    this.#unacknowledged.delete(message);
  }

  /**
   * To be delivered again after the pause, or to the next sink at once. We hold it meanwhile: what version 2.9 of the
   * server delivers again by itself while a request of ours runs out is lost until `ack_wait` is over.
   */
  putBack(message: JsMsg, pauseMs: number): void {
    this.#paused.set(message, performance.now() + pauseMs);
  }

  /** Puts back those whose pause is over. */
  putBackDue(): void {
    for (const [message, dueMs] of this.#paused) {
      if (dueMs > performance.now()) continue;
      message.nak();
      this.#unacknowledged.delete(message);
      this.#paused.delete(message);
    }
  }

  /** To be delivered again after the pause, whoever runs then. */
  putAway(message: JsMsg, pauseMs: number): void {
    message.nak(pauseMs);
    this.#unacknowledged.delete(message);
  }

  /** Puts back all that is left, so that the next sink need not wait for it. */
  close(): void {
    clearInterval(this.#timer);
    for (const message of this.#unacknowledged) message.nak();
    this.#unacknowledged.clear();
    this.#paused.clear();
  }
}
