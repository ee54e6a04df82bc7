/** Constants of the seed's indexer. */
const FIRST_MS = 100;
const MAX_MS = 30_000;
const JITTER = 0.25;
/** Doubling more often reaches the bound anyway. */
const DOUBLINGS_MAX = 30;

/**
 * Pause before the next connection after `failures` that did not last (0: the last one did): doubles from 100 ms to
 * 30 s, then a quarter more or less, and never beyond the bound.
 * @param random value in [0, 1).
 */
export function reconnectDelayMs(failures: number, random: number): number {
  const full = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures, DOUBLINGS_MAX));
  return Math.min(MAX_MS, Math.round(full * (1 - JITTER + random * 2 * JITTER)));
}
