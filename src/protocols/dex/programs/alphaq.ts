import type { DexProgram } from '../dex-program.ts';

/** No published layout; source of discriminators and pool: duneanalytics/spellbook, solana dex models. */
export const ALPHAQ: DexProgram = {
  name: 'alphaq',
  id: 'ALPHAQmeA7bjrVuccPsYPiCvsi428SNwte66Srvs4pHA',
  forms: [{ discriminator: '0c', pool: null }],
  events: [],
};
