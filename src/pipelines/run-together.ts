/** A part of a process that runs until the signal aborts. */
export type Part = (signal: AbortSignal) => Promise<void>;

/**
 * The first part that ends takes the others with it. Resolves or throws when all have ended: each needs its connections
 * until then, to give back what it holds.
 */
export async function runTogether(parts: readonly Part[], signal: AbortSignal): Promise<void> {
  const scope = new AbortController();
  const limit = AbortSignal.any([signal, scope.signal]);
  const running = parts.map((part) => part(limit));
  try {
    await Promise.race(running);
  } finally {
    scope.abort();
    await Promise.allSettled(running);
  }
}
