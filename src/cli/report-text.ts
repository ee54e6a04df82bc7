import Table from 'cli-table3';
import type { SessionsJobReport } from '../model/job.ts';
import type { SessionResult } from '../model/session-result.ts';
import { bytesText, countText, durationText } from './units.ts';

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

function readTable(report: SessionsJobReport): string {
  const { counters } = report;
  const seconds = report.elapsedMs / 1000;
  const rate = seconds > 0 ? `${(counters.bytesRead / 1e6 / seconds).toFixed(1)} MB/s` : '';
  const table = new Table({ style: { head: [], border: [] } });
  table.push(
    ['slots read', countText(counters.slotsDone)],
    ['slots skipped', countText(counters.slotsSkipped)],
    ['transactions', `${countText(counters.transactions)} (${countText(counters.votes)} votes)`],
    ['bytes', bytesText(counters.bytesRead)],
    ['CIDs verified', `${countText(counters.cidsVerified)} of ${countText(counters.sections)}`],
    ...ignoredRow(counters.instructionsIgnored),
    ['time', `${durationText(report.elapsedMs)}  ${rate}`],
  );
  return table.toString();
}

/** Nothing to tell on most ranges, so it does not take a line there. */
function ignoredRow(instructions: number): [string, string][] {
  return instructions === 0 ? [] : [['IQ instructions not believed', countText(instructions)]];
}

function auditLines(report: SessionsJobReport): string {
  const { audit } = report;
  if (report.range === null) return '';
  const covered = audit.missing.length === 0 ? 'every slot is accounted for' : 'HOLES IN THE RANGE';
  const lines = [
    `audit: ${countText(audit.slots)} slots = ${countText(audit.done)} read + ${countText(audit.skipped)} skipped + ` +
      `${audit.quarantined.length} quarantined; ${covered}`,
  ];
  for (const slot of audit.quarantined) {
    lines.push(`quarantined slot ${slot.slot} at offset ${slot.offset}: ${slot.error.message}`);
  }
  for (const range of audit.missing) lines.push(`missing slots ${range.start}:${range.end - 1}`);
  return lines.join('\n');
}
