import type { DexProgram, PoolPlaces } from '../dex-program.ts';
import { anchorEvent, readEventAt } from '../swap-event.ts';

const POOLS: readonly PoolPlaces[] = [{ pool: 1, vaults: [4, 5], user: 8, mints: [6, 7] }];

/** Newer versions emit both events for one swap. Source of layouts: the program's published IDL (cp_amm). */
export const METEORA_DAMM_V2: DexProgram = {
  name: 'meteora_damm_v2',
  id: 'cpamdpZCGKUy5JxQXB4dcpGPiikHawvSWAd6mEn1sGG',
  forms: [
    { discriminator: 'f8c69e91e17587c8', pools: POOLS },
    { discriminator: '414b3f4ceb5b5b88', pools: POOLS },
  ],
  events: [
    anchorEvent('1b3c15d58aaabb93', (bytes) =>
      readEventAt(bytes, { amountIn: 34, amountOut: 50, pool: 0 }),
    ),
    anchorEvent('bd4233a826507599', (bytes) =>
      readEventAt(bytes, { amountIn: 52, amountOut: 76, pool: 0 }),
    ),
  ],
};
