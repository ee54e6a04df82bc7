import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingError } from '../../core/errors.ts';
import type { CancelFlag } from '../../model/worker-task.ts';

const POLL_MS = 100;
/** A shard that reads stops between two slots by itself; only what waits for a sink needs more than that. */
const GRACE_MS = 2_000;

/** A signal that aborts some time after the task was asked to stop, so that a sink that is away holds nobody up. */
export function abortWhenAsked(cancel: CancelFlag): {
  readonly signal: AbortSignal;
  /** Ends the watching. */
  stop(): void;
} {
  const flag = new Int32Array(cancel);
  const abort = new AbortController();
  const watching = new AbortController();
  const watch = async (): Promise<void> => {
    const { signal } = watching;
    while (Atomics.load(flag, 0) === 0) await sleep(POLL_MS, undefined, { signal, ref: false });
    await sleep(GRACE_MS, undefined, { signal, ref: false });
    const message = 'stopped while waiting for the sink of swaps';
    abort.abort(new OperatingError('CANCELLED', message, { retryable: true }));
  };
  // Rejects only when the watching is over.
  watch().catch(() => {});
  return { signal: abort.signal, stop: () => watching.abort() };
}
