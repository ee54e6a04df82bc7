import type { DexProgram } from '../dex-program.ts';
import { CLMM_EVENTS, CLMM_FORMS } from './raydium-clmm.ts';

/** Built from the code of Raydium's concentrated pools: the same accounts and the same event. */
export const PANCAKESWAP_V3: DexProgram = {
  name: 'pancakeswap_v3',
  id: 'HpNfyc2Saw7RKkQd8nEL4khUcuPhQ7WwY1B2qjx8jxFq',
  forms: CLMM_FORMS,
  events: CLMM_EVENTS,
};
