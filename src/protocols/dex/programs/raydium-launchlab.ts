import type { DexProgram, PoolPlaces } from '../dex-program.ts';
import { anchorEvent, readEventAt } from '../swap-event.ts';

const POOLS: readonly PoolPlaces[] = [{ pool: 4, vaults: [7, 8], user: 0, mints: [9, 10] }];

/** Source of layouts: the program's published IDL; amounts stand behind the pool and seven u64. */
export const RAYDIUM_LAUNCHLAB: DexProgram = {
  name: 'raydium_launchlab',
  id: 'LanMV9sAd7wArD4vJFi2qDdfnVhFxYSUg6eADduJ3uj',
  forms: [
    { discriminator: 'faea0d7bd59c13ec', pools: POOLS },
    { discriminator: '18d3742869039938', pools: POOLS },
    { discriminator: '9527de9bd37c981a', pools: POOLS },
    { discriminator: '5fc8472208090ba6', pools: POOLS },
  ],
  events: [
    anchorEvent('bddb7fd34ee661ee', (bytes) =>
      readEventAt(bytes, { amountIn: 88, amountOut: 96, pool: 0 }),
    ),
  ],
};
