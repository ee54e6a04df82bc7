import { setTimeout as delay } from 'node:timers/promises';
import { type BackoffOptions, backoffDelayMs } from '../../src/core/backoff.ts';
import { OperatingError } from '../../src/core/errors.ts';

export interface DispatchOptions<T> {
  readonly items: readonly T[];
  /** Items under way at once. */
  readonly concurrency: number;
  /** Tries of one item, the first included. */
  readonly triesMax: number;
  readonly backoff: BackoffOptions;
  readonly random: () => number;
  readonly run: (item: T, attempt: number) => Promise<void>;
  /** Told about every failure that will be tried again. */
  readonly onRetry: (item: T, error: unknown, attempt: number) => void;
}

/**
 * Runs every item, a bounded number at once, in the given order of starting.
 * A retryable failure is tried again after a growing pause; anything else ends the dispatch:
 * no new item starts, running ones finish, and the first failure is thrown.
 * Where the queue comes from is the caller's: a local list today, a shared work queue with the same `run` later.
 * After `signal` aborts nothing new starts; the caller cancels what runs.
 */
export async function dispatch<T>(options: DispatchOptions<T>, signal: AbortSignal): Promise<void> {
  const queue = options.items.values();
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (const item of queue) {
      if (signal.aborted || failures.length > 0) return;
      try {
        await runWithRetries(item, options, signal);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const lanes = Math.min(options.concurrency, options.items.length);
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failures.length > 0) throw failures[0];
}

async function runWithRetries<T>(
  item: T,
  options: DispatchOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await options.run(item, attempt);
      return;
    } catch (error) {
      const retryable = error instanceof OperatingError && error.retryable;
      if (!retryable || attempt >= options.triesMax || signal.aborted) throw error;
      options.onRetry(item, error, attempt);
      const pauseMs = backoffDelayMs(attempt - 1, options.backoff, options.random());
      await delay(pauseMs, undefined, { signal });
    }
  }
}
