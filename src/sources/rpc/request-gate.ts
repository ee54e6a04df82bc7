import { setTimeout as delay } from 'node:timers/promises';

export interface RequestGateOptions {
  /** Requests in flight at once. */
  readonly concurrencyMax: number;
  readonly requestsPerSecond: number;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
}

/**
 * Lets requests to one endpoint through: at most so many at once, evenly spaced, first come first served.
 * A pause that the endpoint asked for holds back everybody who has not started yet.
 */
export class RequestGate {
  readonly #options: RequestGateOptions;
  readonly #waiting: (() => void)[] = [];
  #active = 0;
  #nextStartMs = 0;
  #pausedUntilMs = 0;

  constructor(options: RequestGateOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the request may start; the caller calls `leave` exactly once afterwards.
   * @throws the signal's reason when it aborts; nothing is held then.
   */
  async enter(signal: AbortSignal): Promise<void> {
    await this.#takePlace(signal);
    try {
      await this.#waitForTurn(signal);
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  leave(): void {
    // The place goes straight to who waited longest, so that a newcomer cannot slip in between.
    const wake = this.#waiting.shift();
    if (wake === undefined) this.#active--;
    else wake();
  }

  /** Nobody starts for the next `pauseMs`. */
  pause(pauseMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#options.now() + pauseMs);
  }

  async #waitForTurn(signal: AbortSignal): Promise<void> {
    const { now, requestsPerSecond } = this.#options;
    const turnMs = Math.max(now(), this.#nextStartMs);
    this.#nextStartMs = turnMs + 1000 / requestsPerSecond;
    for (;;) {
      const waitMs = Math.max(turnMs, this.#pausedUntilMs) - now();
      if (waitMs <= 0) return;
      await delay(Math.ceil(waitMs), undefined, { signal });
    }
  }

  async #takePlace(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#active < this.#options.concurrencyMax) this.#active++;
    else await this.#placeHandedOver(signal);
  }

  #placeHandedOver(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(wake), 1);
        reject(signal.reason);
      };
      const wake = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      this.#waiting.push(wake);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}
