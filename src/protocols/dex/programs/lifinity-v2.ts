import type { DexProgram } from '../dex-program.ts';

/** Tells nothing of its swaps. Source of the layout: the program's published IDL. */
export const LIFINITY_V2: DexProgram = {
  name: 'lifinity_v2',
  id: '2wT8Yq49kHgDzXuPxZSaeLaH1qbmGXtEyPy64bL7aD3c',
  forms: [{ discriminator: 'f8c69e91e17587c8', pools: [{ pool: 1, vaults: [5, 6], user: 2 }] }],
  events: [],
};
