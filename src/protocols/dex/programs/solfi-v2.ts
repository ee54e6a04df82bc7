import type { DexProgram } from '../dex-program.ts';

/** No published layout; source of discriminators and pool: duneanalytics/spellbook, solana dex models. */
export const SOLFI_V2: DexProgram = {
  name: 'solfi_v2',
  id: 'SV2EYYJyRz2YhfXwXnhNAevDEui5Q6yrfyo13WtupPF',
  forms: [
    { discriminator: '07', pool: 1 },
    { discriminator: '0e', pool: 1 },
  ],
  events: [],
};
