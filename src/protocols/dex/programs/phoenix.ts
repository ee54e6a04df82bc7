import type { DexProgram } from '../dex-program.ts';

/**
 * Instruction 1 trades funds that lie with the market, so nothing moves and its event counts in lots, whose size no
 * transaction tells: it gives no swap. Source of layouts: Ellipsis-Labs/phoenix-v1, src/program/instruction.rs.
 */
export const PHOENIX: DexProgram = {
  name: 'phoenix',
  id: 'PhoeNiXZ8ByJGLkxNfZRnkUfjvmuYqLR89jjFHGqdXY',
  forms: [
    { discriminator: '00', pools: [{ pool: 2, vaults: [6, 7], user: 3 }] },
    { discriminator: '02', pools: [{ pool: 2, vaults: [7, 8], user: 3 }] },
  ],
  events: [],
  orderBook: true,
};
