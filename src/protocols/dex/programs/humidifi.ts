import type { DexProgram } from '../dex-program.ts';

/** The data is scrambled, so a swap is told by its nine accounts; an update of quotes lists three. No published layout; source of discriminators and pool: duneanalytics/spellbook, solana dex models. */
export const HUMIDIFI: DexProgram = {
  name: 'humidifi',
  id: '9H6tua7jkLhdm3w8BvgpTn5LZNU7g4ZynDmCiNN3q6Rp',
  forms: [{ discriminator: '', pool: 1, accounts: [9, 9] }],
  events: [],
};
