import type { DexProgram } from '../dex-program.ts';

/** No published layout; source of discriminators and pool: duneanalytics/spellbook, solana dex models. */
export const WHALESTREET: DexProgram = {
  name: 'whalestreet',
  id: 'FW6zUqn4iKRaeopwwhwsquTY6ABWLLgjxtrC3VPnaWBf',
  forms: [{ discriminator: 'f8c69e91e17587c8', pool: null }],
  events: [],
};
