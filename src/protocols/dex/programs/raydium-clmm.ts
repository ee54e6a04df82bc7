import type { CallShape, DexProgram, EventForm, PoolPlaces, VaultForm } from '../dex-program.ts';
import { anchorEvent, readEventAt } from '../swap-event.ts';

const ZERO_FOR_ONE_AT = 160;

/**
 * Log event SwapEvent: pool, sender, two token accounts, then (amount, transfer fee) of token 0 and of token 1, then
 * the direction. Source: raydium-io/raydium-clmm, programs/amm/src/states/pool.rs.
 */
const SWAP_EVENT = anchorEvent('40c6cde8260871e2', (bytes) => {
  const zeroForOne = bytes[ZERO_FOR_ONE_AT] === 1;
  const [inAt, outAt] = zeroForOne ? [128, 144] : [144, 128];
  const event = readEventAt(bytes, { amountIn: inAt, amountOut: outAt, pool: 0 });
  if (event === undefined || bytes.length <= ZERO_FOR_ONE_AT) return undefined;
  const transferFeeIn = bytes.readBigUInt64LE(inAt + 8);
  return { ...event, transferFeeIn, transferFeeOut: bytes.readBigUInt64LE(outAt + 8) };
});

const SWAP_POOLS: readonly PoolPlaces[] = [{ pool: 2, vaults: [5, 6], user: 0 }];
const SWAP_V2_POOLS: readonly PoolPlaces[] = [
  { pool: 2, vaults: [5, 6], user: 0, mints: [11, 12] },
];

/**
 * A route through several pools. Each brings pool, output account, input vault and output vault among the remaining
 * accounts, followed by a varying number of ticks, so a hop is found by what was paid into its input vault.
 */
function routerPools({ transfers }: CallShape): readonly PoolPlaces[] {
  const found: PoolPlaces[] = [];
  for (const [, destination] of transfers) {
    const vaultOut = destination + 1;
    const paysOut = transfers.some(([source]) => source === vaultOut);
    if (destination < 2 || !paysOut) continue;
    found.push({ pool: destination - 2, vaults: [destination, vaultOut], user: 0 });
  }
  return found;
}

/** What Raydium's program and those built from its code have in common. */
export const CLMM_FORMS: readonly VaultForm[] = [
  { discriminator: 'f8c69e91e17587c8', pools: SWAP_POOLS },
  { discriminator: '2b04ed0b1ac91e62', pools: SWAP_V2_POOLS },
  { discriminator: '457d73daf5baf2c4', pools: routerPools },
];
export const CLMM_EVENTS: readonly EventForm[] = [SWAP_EVENT];

export const RAYDIUM_CLMM: DexProgram = {
  name: 'raydium_clmm',
  id: 'CAMMCzo5YL8w4VFF8KVHrK22GGUsp5VTaW7grrKgrWqK',
  forms: CLMM_FORMS,
  events: CLMM_EVENTS,
};
