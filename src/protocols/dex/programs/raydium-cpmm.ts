import type { DexProgram, PoolPlaces } from '../dex-program.ts';
import { anchorEvent, readEventAt } from '../swap-event.ts';

const POOLS: readonly PoolPlaces[] = [{ pool: 3, vaults: [6, 7], user: 0, mints: [10, 11] }];

/**
 * Log event: pool, two reserves, input and output net of transfer fees, then these fees.
 * Source: raydium-io/raydium-cp-swap, programs/cp-swap/src/states/events.rs; seen with 81 and 162 bytes.
 */
const SWAP_EVENT = anchorEvent('40c6cde8260871e2', (bytes) => {
  const event = readEventAt(bytes, { amountIn: 48, amountOut: 56, pool: 0 });
  if (event === undefined || bytes.length < 80) return undefined;
  const transferFeeIn = bytes.readBigUInt64LE(64);
  return { ...event, transferFeeIn, transferFeeOut: bytes.readBigUInt64LE(72) };
});

export const RAYDIUM_CPMM: DexProgram = {
  name: 'raydium_cpmm',
  id: 'CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C',
  forms: [
    { discriminator: '8fbe5adac41e33de', pools: POOLS },
    { discriminator: '37d96256a34ab4ad', pools: POOLS },
  ],
  events: [SWAP_EVENT],
};
