import type { DexProgram } from '../dex-program.ts';

/** No published layout; source of discriminators and pool: duneanalytics/spellbook, solana dex models. */
export const ZEROFI: DexProgram = {
  name: 'zerofi',
  id: 'ZERor4xhbUycZ6gb9ntrhqscUcZmAbQDjEAtCf4hbZY',
  forms: [
    { discriminator: '06', pool: 0 },
    { discriminator: '10', pool: 0 },
  ],
  events: [],
};
