import type { DexProgram } from '../dex-program.ts';
import { anchorEvent, readEventAt } from '../swap-event.ts';

/**
 * The vaults are shared by many pools and hold shares, so the event's amount in can be a few units lower than what was
 * transferred; the transfer counts. Source of layouts: the program's published IDL (amm).
 */
export const METEORA_DAMM_V1: DexProgram = {
  name: 'meteora_damm_v1',
  id: 'Eo7WjKq67rjJQSZxS6z3YkapzY3eMj6Xy8X5EQVn5UaB',
  forms: [{ discriminator: 'f8c69e91e17587c8', pools: [{ pool: 0, vaults: [5, 6], user: 12 }] }],
  events: [
    anchorEvent('516ce3becdd00ac4', (bytes) =>
      readEventAt(bytes, { amountIn: 0, amountOut: 8, pool: null }),
    ),
  ],
};
