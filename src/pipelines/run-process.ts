import type { Logger } from 'pino';
import { errorText } from '../core/errors.ts';
import { armCrashPoint, isCrashPoint } from '../ops/crash-point.ts';

export interface ProcessOptions {
  /** Completes "… ends: reason". */
  readonly what: string;
  readonly logger: Logger;
  /** For crash tests: the point at which the process kills itself. */
  readonly crashPoint: { readonly name: string; readonly pass: number } | null;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/**
 * The life of a child process: SIGTERM, SIGINT and the end of standard input (the supervisor has gone) stop it in order;
 * exit code 0 then, 1 when it ended by itself.
 */
export async function runProcess(options: ProcessOptions): Promise<never> {
  const { what, logger, crashPoint, run } = options;
  if (crashPoint !== null && isCrashPoint(crashPoint.name)) {
    armCrashPoint(crashPoint.name, crashPoint.pass);
  }
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdin.on('end', stop).on('error', stop).resume();
  try {
    await run(stopping.signal);
    process.exit(0);
  } catch (error) {
    logger.fatal(`${what} ends: ${errorText(error)}`);
    process.exit(1);
  }
}
