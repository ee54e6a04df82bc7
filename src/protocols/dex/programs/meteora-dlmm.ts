import type { DexProgram, PoolPlaces } from '../dex-program.ts';
import { anchorEvent, readEventAt } from '../swap-event.ts';

const POOLS: readonly PoolPlaces[] = [{ pool: 0, vaults: [2, 3], user: 10, mints: [6, 7] }];

/** Exact in, exact out and with a limit on the price's move, each in its first form and its second with memo. */
const DISCRIMINATORS = [
  'f8c69e91e17587c8',
  '414b3f4ceb5b5b88',
  'fa49652126cf4bb8',
  '2bd7f784893cf351',
  '38ade6d0ade49ccd',
  '4a62c0d6b1334b33',
];

/** Source of layouts: the program's published IDL (lb_clmm). */
export const METEORA_DLMM: DexProgram = {
  name: 'meteora_dlmm',
  id: 'LBUZKhRxPF3XUpBCjp4YzTKgLccjZhTSDM9YuVaPwxo',
  forms: DISCRIMINATORS.map((discriminator) => ({ discriminator, pools: POOLS })),
  events: [
    anchorEvent('516ce3becdd00ac4', (bytes) =>
      readEventAt(bytes, { amountIn: 72, amountOut: 80, pool: 0 }),
    ),
  ],
};
