import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Table from 'cli-table3';
import { fullRecordsOptions } from '../../supervisor/records-options.ts';
import type { Config } from '../config/config.ts';
import type { RecordCounts } from '../pipelines/records/record-counts.ts';
import { type ReplayReport, replayRecords } from '../pipelines/records/replay-records.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT_COMPLETE, EXIT_HOLES } from './exit-code.ts';
import { openCliLogger } from './open-cli-logger.ts';
import { countText } from './units.ts';

/** `records --replay`: reads recorded events into the database, once each, and says what became of them. */
export async function replayRecordFiles(
  files: readonly string[],
  json: boolean,
  context: CliContext,
): Promise<ReplayReport> {
  const config = context.config();
  const report = await replayInto(files, config, context);
  context.out(json ? JSON.stringify(report) : replayText(report));
  context.setExitCode(exitCodeOf(report.counts));
  return report;
}

/** The replay alone, for whoever shows it in another way. */
export async function replayInto(
  files: readonly string[],
  config: Config,
  context: CliContext,
): Promise<ReplayReport> {
  mkdirSync(config.dataDir, { recursive: true });
  const options = fullRecordsOptions(config, config.dataDir, null);
  mkdirSync(dirname(options.store.sqlitePath), { recursive: true });
  return replayRecords(options, files, openCliLogger(config, 'warn'), context.signal);
}

/** What could not be stored is in quarantine, so the replay is not complete; records that wait are no fault. */
function exitCodeOf({ rejected, deadLetters }: RecordCounts): number {
  return rejected + deadLetters > 0 ? EXIT_HOLES : EXIT_COMPLETE;
}

export function replayText({ counts, waiting, rows, where }: ReplayReport): string {
  const table = new Table({ style: { head: [], border: [] } });
  table.push(
    ['messages read', countText(counts.frames)],
    ['records new', countText(counts.inserted + counts.resolved)],
    ['records changed', countText(counts.updated)],
    ['records deleted', countText(counts.deleted)],
    ['there already, or older', countText(counts.skipped)],
    ['waiting for others', countText(waiting)],
    ['rejected', reasonsText(counts)],
    ['dead letters', countText(counts.deadLetters)],
  );
  const lines = Object.entries(rows).map(([name, count]) => `  ${name}: ${countText(count)}`);
  return `${table.toString()}\nrows in ${where}\n${lines.join('\n')}`;
}

function reasonsText({ rejected, rejectedByReason }: RecordCounts): string {
  const reasons = Object.entries(rejectedByReason).map(([name, count]) => `${count} ${name}`);
  return [countText(rejected), ...reasons].join('\n');
}
