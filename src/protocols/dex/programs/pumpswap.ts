import type { DexProgram, PoolPlaces } from '../dex-program.ts';
import { anchorEvent, readEventAt } from '../swap-event.ts';

const POOLS: readonly PoolPlaces[] = [{ pool: 0, vaults: [7, 8], user: 1, mints: [3, 4] }];

/**
 * Compared with what moves the pool: the quote amount with the providers' fee when buying, without it when selling;
 * both stand behind the fees at 96. Source of layouts: pump-fun/pump-public-docs, idl/pump_amm.json.
 */
export const PUMPSWAP: DexProgram = {
  name: 'pumpswap',
  id: 'pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA',
  forms: [
    { discriminator: '66063d1201daebea', pools: POOLS },
    { discriminator: 'c62e1552b4d9e870', pools: POOLS },
    { discriminator: '33e685a4017f83ad', pools: POOLS },
  ],
  events: [
    anchorEvent('67f4521f2cf57777', (bytes) =>
      readEventAt(bytes, { amountIn: 96, amountOut: 8, pool: 112 }),
    ),
    anchorEvent('3e2f370aa503dc2a', (bytes) =>
      readEventAt(bytes, { amountIn: 8, amountOut: 96, pool: 112 }),
    ),
  ],
};
