import Table from 'cli-table3';
import type { SessionsJobReport } from '../model/job.ts';
import type { SessionResult } from '../model/session-result.ts';
import { auditLines, readTable } from './read-text.ts';
import { bytesText } from './units.ts';

const MISSING_SHOWN_MAX = 5;
/** Most characters of a public key in base58. */
const KEY_LENGTH_MAX = 44;

/** What a finished sessions job shows a person. */
export function reportText(report: SessionsJobReport): string {
  const { sessions } = report;
  const parts = [
    sessionTable(sessions),
    fileLines(sessions),
    readTable(report),
    auditLines(report),
  ];
  if (report.alreadyComplete)
    parts.unshift('this job is already complete; nothing was read or delivered again');
  if (report.undelivered > 0) {
    parts.push(
      `${report.undelivered} files could not be delivered: npx millrace jobs retry ${report.jobId}`,
    );
  }
  if (report.hints.length > 0) parts.push(report.hints.join('\n'));
  return parts.filter((part) => part !== '').join('\n\n');
}

function sessionTable(sessions: readonly SessionResult[]): string {
  if (sessions.length === 0) return 'no sessions found';
  const table = new Table({
    head: ['session', 'state', 'chunks', 'bytes', 'delivered'],
    style: { head: [], border: [] },
  });
  for (const session of sessions) {
    table.push([
      shortName(session.session),
      session.state +
        (session.conflicts.length > 0 ? `, ${session.conflicts.length} conflicts` : ''),
      `${session.chunk_count}/${session.total_chunks ?? '?'}${missingText(session)}`,
      session.state === 'incomplete' ? '' : bytesText(session.bytes),
      session.delivered ? 'yes' : 'no',
    ]);
  }
  return table.toString();
}

/** Uploads without a session account are known by a signature, which is twice as long as a key. */
function shortName(session: string): string {
  return session.length > KEY_LENGTH_MAX ? `${session.slice(0, KEY_LENGTH_MAX - 1)}…` : session;
}

function fileLines(sessions: readonly SessionResult[]): string {
  return sessions
    .filter(({ file }) => file !== null)
    .map(({ file, sha256 }) => `${sha256}  ${file}`)
    .join('\n');
}

function missingText(session: SessionResult): string {
  if (session.missing.length === 0) return '';
  const shown = session.missing
    .slice(0, MISSING_SHOWN_MAX)
    .map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  const more = session.missing.length > MISSING_SHOWN_MAX ? ', …' : '';
  return ` missing ${shown.join(', ')}${more}`;
}
