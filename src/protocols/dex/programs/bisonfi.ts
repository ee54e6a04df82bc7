import type { DexProgram } from '../dex-program.ts';

/** A swap lists nine accounts; other calls share its first bytes. No published layout; source of discriminators and pool: duneanalytics/spellbook, solana dex models. */
export const BISONFI: DexProgram = {
  name: 'bisonfi',
  id: 'BiSoNHVpsVZW2F7rx2eQ59yQwKxzU5NvBcmKshCSUypi',
  forms: [
    { discriminator: '02', pool: 1, accounts: [9, 9] },
    { discriminator: '07', pool: 1, accounts: [9, 9] },
  ],
  events: [],
};
