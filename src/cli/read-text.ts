import Table from 'cli-table3';
import type { JobReport } from '../model/job.ts';
import { bytesText, countText, durationText } from './units.ts';

/** How much was read, and how fast. */
export function readTable(report: Pick<JobReport, 'counters' | 'elapsedMs'>): string {
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

/** What the job can prove about its range, and every slot that it cannot account for. */
export function auditLines(report: Pick<JobReport, 'audit' | 'range'>): string {
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
