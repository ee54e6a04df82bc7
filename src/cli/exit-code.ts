import { OperatingError } from '../core/errors.ts';
import type { SessionsJobReport } from '../model/job.ts';

/** Exit codes of every command; DESIGN and README list the same five. */
export const EXIT_COMPLETE = 0;
export const EXIT_USAGE = 1;
export const EXIT_HOLES = 2;
export const EXIT_SINK_REFUSED = 3;

const SIGNAL_BASE = 128;
const SIGNAL_NUMBERS: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGINT: 2,
  SIGTERM: 15,
};

export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return SIGNAL_BASE + (SIGNAL_NUMBERS[signal] ?? 1);
}

export function exitCodeOfReport(report: SessionsJobReport, strict: boolean): number {
  if (report.undelivered > 0) return EXIT_SINK_REFUSED;
  const conflicts = report.sessions.some((session) => session.conflicts.length > 0);
  if (report.state === 'complete' && !(strict && conflicts)) return EXIT_COMPLETE;
  return EXIT_HOLES;
}

export function exitCodeOfError(error: unknown): number {
  if (error instanceof OperatingError && error.code === 'SINK_REFUSED') return EXIT_SINK_REFUSED;
  return EXIT_USAGE;
}
