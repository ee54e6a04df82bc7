import type { DexProgram } from '../dex-program.ts';

/** A swap lists more than ten accounts; other calls share its first bytes. No published layout; source of discriminators and pool: duneanalytics/spellbook, solana dex models. */
export const SCORCH: DexProgram = {
  name: 'scorch',
  id: 'SCoRcH8c2dpjvcJD6FiPbCSQyQgu3PcUAWj2Xxx3mqn',
  forms: [
    { discriminator: '01', pool: null, accounts: [11, 255] },
    { discriminator: '02', pool: null, accounts: [11, 255] },
  ],
  events: [],
};
