import type { DexProgram } from '../dex-program.ts';
import { CLMM_EVENTS, CLMM_FORMS } from './raydium-clmm.ts';

/** Built from the code of Raydium's concentrated pools: the same accounts and the same event. */
export const BYREAL: DexProgram = {
  name: 'byreal',
  id: 'REALQqNEomY6cQGZJUGwywTBD2UmDT32rZcNnfxQ5N2',
  forms: CLMM_FORMS,
  events: CLMM_EVENTS,
};
