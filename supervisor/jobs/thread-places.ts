/**
 * A fixed number of places, given in the order of asking. Piscina (5.3) leaves a task in its queue for ever when all
 * threads die while it waits and nobody asks for another, so it is given no more tasks than it may have threads.
 */
export class ThreadPlaces {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(places: number) {
    this.#free = places;
  }

  /** Runs the work when there is a place for it. @throws the signal's reason when it aborts before. */
  async within<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#take(signal);
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#free++;
      else {
        // Before its turn comes: another place given back in this moment is for somebody else.
        this.#waiting.delete(next);
        next();
      }
    }
  }

  async #take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      // At once: a place that is given to somebody who has left would be lost.
      this.#waiting.delete(resolve);
      reject(signal.reason);
    };
    this.#waiting.add(resolve);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }
}
