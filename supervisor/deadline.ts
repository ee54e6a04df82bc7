/**
 * Runs `work` with a signal that aborts when `signal` does or after `deadlineMs`, and takes its timer and
 * listener away afterwards. `AbortSignal.any` would leave a trace on a long-lived signal each time.
 */
export async function withDeadline<T>(
  deadlineMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const scope = new AbortController();
  const onAbort = (): void => scope.abort(signal.reason);
  const timer = setTimeout(
    () => scope.abort(new Error(`not done within ${deadlineMs} ms`)),
    deadlineMs,
  );
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(scope.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
