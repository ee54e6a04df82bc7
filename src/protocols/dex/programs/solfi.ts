import type { DexProgram } from '../dex-program.ts';

/** No published layout; source of discriminators and pool: duneanalytics/spellbook, solana dex models. */
export const SOLFI: DexProgram = {
  name: 'solfi',
  id: 'SoLFiHG9TfgtdUXUjWAxi3LtvYuFyDLVhBWxdMZxyCe',
  forms: [{ discriminator: '07', pool: 1 }],
  events: [],
};
