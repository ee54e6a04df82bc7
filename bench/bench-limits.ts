import { parseConfig } from '../src/config/config.ts';
import { workerLimitsOf } from '../src/config/worker-options-of.ts';

/** The bounds of a worker as they are when nobody sets them. */
export const benchLimits = workerLimitsOf(parseConfig({}).config);
