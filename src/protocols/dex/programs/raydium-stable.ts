import type { DexProgram } from '../dex-program.ts';
import { AMM_FORMS } from './raydium-amm-v4.ts';

/** Pools of like-priced tokens; its log lines have a layout of their own that is not published. */
export const RAYDIUM_STABLE: DexProgram = {
  name: 'raydium_stable',
  id: '5quBtoiQqxF9Jv6KYKctB59NT3gtJD2Y65kdnB1Uev3h',
  forms: AMM_FORMS,
  events: [],
};
