import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { parseLogLevels } from '../ops/log-level.ts';
import { openLogger } from '../ops/logger.ts';

/** The log on stderr: readable at a terminal, JSON elsewhere. `fallback` is the level when the user named none. */
export function openCliLogger(config: Config, fallback: string): Logger {
  const levels = parseLogLevels(config.logLevel ?? fallback);
  return openLogger({ levels, format: process.stderr.isTTY ? 'pretty' : 'json' });
}
