import type { Config } from '../config/config.ts';

/** What every command gets: settings, two places to write to, and the signal that ends it. */
export interface CliContext {
  /** Reads the settings once; their warnings go to stderr. @throws {OperatingError} CONFIG. */
  readonly config: () => Config;
  /** Writes a line of results to stdout. */
  readonly out: (line: string) => void;
  /** Writes a line for the person at the terminal to stderr. */
  readonly note: (line: string) => void;
  /** True when stderr is a terminal, so that bars and colours make sense. */
  readonly terminal: boolean;
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Aborts at the second one: whatever still stops in order is then ended at once. */
  readonly atOnce: AbortSignal;
  /** The highest of several codes is what the process ends with. */
  readonly setExitCode: (code: number) => void;
}
