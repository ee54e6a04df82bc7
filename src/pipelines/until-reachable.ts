import { setTimeout as sleep } from 'node:timers/promises';
import { backoffDelayMs } from '../core/backoff.ts';
import { OperatingError } from '../core/errors.ts';

const BACKOFF = { firstMs: 500, maxMs: 10_000 };

/**
 * Repeats what meets a service that is away, or a disk that is full, until it succeeds: nothing is lost by waiting,
 * since what is to be done stands in the stream.
 * @param onFault told of every fault that is waited out.
 * @throws what no repeating mends.
 */
export async function untilReachable<T>(
  attempt: () => Promise<T>,
  onFault: (error: OperatingError) => void,
  signal: AbortSignal,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OperatingError)) throw error;
      if (!error.retryable && error.code !== 'DISK_FULL') throw error;
      onFault(error);
    }
    await sleep(backoffDelayMs(tries, BACKOFF, Math.random()), undefined, { signal });
  }
}
