import type { DexProgram } from '../dex-program.ts';

/** Pays before it is paid. No published layout; source of discriminators and pool: duneanalytics/spellbook, solana dex models. */
export const AQUIFER: DexProgram = {
  name: 'aquifer',
  id: 'AQU1FRd7papthgdrwPTTq5JacJh8YtwEXaBfKU3bTz45',
  forms: [
    { discriminator: '01', pool: null, paysFirst: true },
    { discriminator: '13', pool: null, paysFirst: true },
  ],
  events: [],
};
