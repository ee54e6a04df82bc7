import type { DexProgram } from '../dex-program.ts';

/** No published layout; source of discriminators and pool: duneanalytics/spellbook, solana dex models. */
export const GOONFI_V2: DexProgram = {
  name: 'goonfi_v2',
  id: 'goonuddtQRrWqqn5nFyczVKaie28f3kDkHWkHtURSLE',
  forms: [{ discriminator: '01', pool: 1 }],
  events: [],
};
