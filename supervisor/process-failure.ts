import { OperatingError } from '../src/core/errors.ts';
import type { ChildLog } from '../src/ops/child-log.ts';

/** Messages for children that cannot be run, do not get ready, or end unasked. */

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Lines of a child's output that a message shows. */
const SHOWN_LINES = 6;

export function died(id: string, end: ProcessEnd, log: ChildLog): OperatingError {
  const how = end.signal === null ? `exit code ${end.code}` : `signal ${end.signal}`;
  return new OperatingError(
    'CHILD_FAILED',
    `running ${id}: it ended unasked with ${how}; ${shownLines(log)}`,
    { retryable: true, fields: { child: id, exitCode: end.code, signal: end.signal } },
  );
}

export function notReady(
  id: string,
  why: { readonly reason: string; readonly log: ChildLog },
): OperatingError {
  return new OperatingError(
    'CHILD_FAILED',
    `starting ${id}: expected an answer, received ${why.reason}; ${shownLines(why.log)}`,
    { retryable: true, fields: { child: id } },
  );
}

export function binaryMissing(id: string, path: string): OperatingError {
  return new OperatingError(
    'BINARY_MISSING',
    `starting ${id}: expected a program at ${path}, which is missing or cannot be run; run "npx millrace doctor --fix"`,
    { retryable: false, fields: { child: id, path } },
  );
}

function shownLines(log: ChildLog): string {
  const lines = log.lastLines().slice(-SHOWN_LINES);
  const said = lines.length === 0 ? 'it said nothing' : `its last lines:\n${lines.join('\n')}`;
  return `${said}\n(log: ${log.path})`;
}
