import assert from 'node:assert/strict';
import { OperatingError } from '../src/core/errors.ts';

export interface ActorOptions<M> {
  /** For messages of errors. */
  readonly name: string;
  /** Messages that may wait; one more is refused. */
  readonly mailboxMax: number;
  /** Handles one message; the next one waits until it has settled. */
  readonly handle: (message: M) => Promise<void> | void;
  /** Takes what `handle` threw: a handler deals with the faults of the world itself, so this is a bug. */
  readonly onBug: (error: unknown) => void;
}

/** How a handler answers an `ask`. */
export interface Reply<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One mailbox and one message at a time: state that only the handler touches needs no locks,
 * and what happened first is dealt with first.
 */
export class Actor<M> {
  readonly #options: ActorOptions<M>;
  readonly #mailbox: M[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(options: ActorOptions<M>) {
    this.#options = options;
  }

  /** Puts a message into the mailbox; false when the actor has been closed and nobody will read it. */
  tell(message: M): boolean {
    if (this.#closed) return false;
    const { name, mailboxMax } = this.#options;
    assert(
      this.#mailbox.length < mailboxMax,
      `mailbox of ${name} is full (${mailboxMax} messages)`,
    );
    this.#mailbox.push(message);
    this.#running ??= this.#drain();
    return true;
  }

  /**
   * Sends a message that is answered.
   * @throws {OperatingError} CANCELLED when the actor is closed or the signal aborts before the answer.
   */
  ask<T>(build: (reply: Reply<T>) => M, signal: AbortSignal): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onAbort = (): void => reject(this.#cancelled('nobody waits for the answer'));
    if (signal.aborted) onAbort();
    else if (!this.tell(build({ resolve, reject }))) reject(this.#cancelled('it has ended'));
    else signal.addEventListener('abort', onAbort, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', onAbort));
  }

  /** Takes no more messages; resolves when those already in the mailbox have been handled. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #drain(): Promise<void> {
    // The caller of `tell` goes on first, so that telling never runs a handler inside the teller.
    await Promise.resolve();
    for (
      let message = this.#mailbox.shift();
      message !== undefined;
      message = this.#mailbox.shift()
    ) {
      try {
        await this.#options.handle(message);
      } catch (error) {
        this.#options.onBug(error);
      }
    }
    this.#running = null;
  }

  #cancelled(why: string): OperatingError {
    return new OperatingError('CANCELLED', `asking ${this.#options.name}: ${why}`, {
      retryable: false,
    });
  }
}
