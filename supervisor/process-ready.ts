import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, type OperatingError } from '../src/core/errors.ts';
import type { ChildExit, RunningChild } from './child-spec.ts';
import { withDeadline } from './deadline.ts';

/** Readiness is an answer by the child's own protocol, never a line in its log. */
export interface ReadyProbe {
  readonly check: (signal: AbortSignal) => Promise<void>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

interface ReadyOptions {
  readonly probe: ReadyProbe;
  /** Makes the error for a child that did not become ready for the given reason. */
  readonly unready: (reason: string) => OperatingError;
}

/** Asks until the child answers; rejects when it ends, takes too long, or the signal aborts. */
export async function untilReady(
  child: RunningChild,
  options: ReadyOptions,
  signal: AbortSignal,
): Promise<void> {
  const { check, intervalMs, timeoutMs } = options.probe;
  const scope = new AbortController();
  const exits: ChildExit[] = [];
  void child.exited.then((exit) => {
    exits.push(exit);
    scope.abort(new Error('it has ended'));
  });
  const onAbort = (): void => scope.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  let lastError: unknown = new Error('no answer yet');
  const probe = async (limit: AbortSignal): Promise<void> => {
    while (true) {
      limit.throwIfAborted();
      try {
        return await check(limit);
      } catch (error) {
        if (!limit.aborted) lastError = error;
      }
      await sleep(intervalMs, undefined, { signal: limit });
    }
  };
  try {
    await withDeadline(timeoutMs, probe, scope.signal);
  } catch {
    signal.throwIfAborted();
    const [exit] = exits;
    if (exit?.reason === 'failed') throw exit.error;
    const reason = exit === undefined ? errorText(lastError) : 'an end with code 0';
    throw options.unready(`none within ${timeoutMs} ms; the last try gave: ${reason}`);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
