import type { DexProgram } from '../dex-program.ts';

/** No published layout; source of discriminators and pool: duneanalytics/spellbook, solana dex models. */
export const OBRIC_V2: DexProgram = {
  name: 'obric_v2',
  id: 'obriQD1zbpyLz95G5n7nJe6a4DPjpFwa5XYPoNm113y',
  forms: [
    { discriminator: 'f8c69e91e17587c8', pool: 0 },
    { discriminator: '414b3f4ceb5b5b88', pool: 0 },
  ],
  events: [],
};
