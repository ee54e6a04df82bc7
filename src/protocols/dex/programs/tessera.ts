import type { DexProgram } from '../dex-program.ts';

/** No published layout; source of discriminators and pool: duneanalytics/spellbook, solana dex models. */
export const TESSERA: DexProgram = {
  name: 'tessera',
  id: 'TessVdML9pBGgG9yGks7o4HewRaXVAMuoVj4x83GLQH',
  forms: [
    { discriminator: '10', pool: 1 },
    { discriminator: '11', pool: 1 },
  ],
  events: [],
};
