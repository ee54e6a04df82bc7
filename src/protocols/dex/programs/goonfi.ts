import type { DexProgram } from '../dex-program.ts';

/** No published layout; source of discriminators and pool: duneanalytics/spellbook, solana dex models. */
export const GOONFI: DexProgram = {
  name: 'goonfi',
  id: 'goonERTdGsjnkZqWuVjs73BZ3Pb9qoCUdBUL17BnS5j',
  forms: [{ discriminator: '02', pool: 1 }],
  events: [],
};
