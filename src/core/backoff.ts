export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Delay before try number `attempt` (0 is the first retry): doubles from `firstMs` up to `maxMs`,
 * then takes a random part between half and the whole of it, so that many clients spread out.
 * @param random value in [0, 1); an argument so that tests decide it.
 */
export function backoffDelayMs(attempt: number, options: BackoffOptions, random: number): number {
  const full = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(full * (0.5 + random * 0.5));
}
