import type { DexProgram } from '../dex-program.ts';
import { anchorEvent, readEventAt } from '../swap-event.ts';

/**
 * Log event Traded, since 2025: pool, direction, two u128 prices, then input, output and their transfer fees.
 * Source: orca-so/whirlpools, programs/whirlpool/src/events.rs.
 */
const TRADED = anchorEvent('e1ca49af932ba096', (bytes) => {
  const event = readEventAt(bytes, { amountIn: 65, amountOut: 73, pool: 0 });
  if (event === undefined || bytes.length < 97) return undefined;
  const transferFeeIn = bytes.readBigUInt64LE(81);
  return { ...event, transferFeeIn, transferFeeOut: bytes.readBigUInt64LE(89) };
});

export const ORCA_WHIRLPOOL: DexProgram = {
  name: 'orca_whirlpool',
  id: 'whirLbMiicVdio4qvUfM5KAg6Ct8VwpYzGff3uctyCc',
  forms: [
    { discriminator: 'f8c69e91e17587c8', pools: [{ pool: 2, vaults: [4, 6], user: 1 }] },
    {
      discriminator: '2b04ed0b1ac91e62',
      pools: [{ pool: 4, vaults: [8, 10], user: 3, mints: [5, 6] }],
    },
    {
      discriminator: 'c360ed6c44a2dbe6',
      pools: [
        { pool: 2, vaults: [5, 7], user: 1 },
        { pool: 3, vaults: [9, 11], user: 1 },
      ],
    },
    {
      discriminator: 'ba8fd11dfe02c275',
      pools: [
        { pool: 0, vaults: [9, 10], user: 14, mints: [2, 3] },
        { pool: 1, vaults: [11, 12], user: 14, mints: [3, 4] },
      ],
    },
  ],
  events: [TRADED],
  eventsOptional: true,
};
