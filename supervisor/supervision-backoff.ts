import type { BackoffOptions } from '../src/core/backoff.ts';

/** Pauses before restarts, of every supervisor here. */
export const SUPERVISION_BACKOFF: BackoffOptions = { firstMs: 200, maxMs: 10_000 };
