import type { DexProgram, PoolPlaces } from '../dex-program.ts';
import { anchorEvent, readEventAt } from '../swap-event.ts';

const POOLS: readonly PoolPlaces[] = [{ pool: 2, vaults: [5, 6], user: 9, mints: [7, 8] }];

/** Newer versions emit both events for one swap. Source of layouts: the program's published IDL (dynamic bonding curve). */
export const METEORA_DBC: DexProgram = {
  name: 'meteora_dbc',
  id: 'dbcij3LWUppWqq96dh6gJWwBifmcGfLSB5D4DuSMaqN',
  forms: [
    { discriminator: 'f8c69e91e17587c8', pools: POOLS },
    { discriminator: '414b3f4ceb5b5b88', pools: POOLS },
  ],
  events: [
    anchorEvent('1b3c15d58aaabb93', (bytes) =>
      readEventAt(bytes, { amountIn: 66, amountOut: 90, pool: 0 }),
    ),
    anchorEvent('bd4233a826507599', (bytes) =>
      readEventAt(bytes, { amountIn: 83, amountOut: 107, pool: 0 }),
    ),
  ],
};
