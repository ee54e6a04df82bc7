import Table from 'cli-table3';
import type { Command } from 'commander';
import { reportStreams, type StreamReport } from '../sinks/nats/report-streams.ts';
import type { CliContext } from './cli-context.ts';
import { type NatsFlags, withNats, withNatsOptions } from './nats-option.ts';
import { bytesText, countText } from './units.ts';

interface ReportFlags extends NatsFlags {
  readonly json?: boolean;
}

export function addJetstreamReportCommand(jetstream: Command, context: CliContext): void {
  withNatsOptions(
    jetstream
      .command('report')
      .description('every stream with what it holds, every consumer with how far it is behind')
      .option('--json', 'print one JSON array'),
  ).action((flags: ReportFlags) => report(flags, context));
}

async function report(flags: ReportFlags, context: CliContext): Promise<void> {
  const reports = await withNats(flags, context, (connection) =>
    reportStreams(connection, context.signal),
  );
  context.out(flags.json === true ? JSON.stringify(reports) : reportText(reports));
}

function reportText(reports: readonly StreamReport[]): string {
  if (reports.length === 0) return 'no streams; "npx millrace ops jetstream init" makes them';
  return `${streamsTable(reports)}\n${consumersTable(reports)}`;
}

function streamsTable(reports: readonly StreamReport[]): string {
  const table = new Table({
    head: ['stream', 'subjects', 'kept', 'messages', 'bytes', 'oldest', 'replicas'],
    style: { head: [], border: [] },
  });
  for (const stream of reports) {
    table.push([
      stream.name,
      stream.subjects.join('\n'),
      stream.retention,
      countText(stream.messages),
      bytesText(stream.bytes),
      stream.oldest?.slice(0, 19) ?? '',
      replicasText(stream),
    ]);
  }
  return table.toString();
}

function replicasText({ replicas, leader, lagging }: StreamReport): string {
  if (replicas === 1) return '1';
  const behind = lagging.length === 0 ? '' : `, behind: ${lagging.join(', ')}`;
  return `${replicas}, leader ${leader ?? 'NONE'}${behind}`;
}

function consumersTable(reports: readonly StreamReport[]): string {
  const table = new Table({
    head: ['consumer', 'stream', 'lag', 'waiting', 'unacknowledged', 'redelivered', 'readers'],
    style: { head: [], border: [] },
  });
  for (const { name, consumers } of reports) {
    for (const consumer of consumers) {
      const { waiting, unacknowledged, redelivered, readers } = consumer;
      const counts = [waiting + unacknowledged, waiting, unacknowledged, redelivered, readers];
      table.push([consumer.name, name, ...counts.map(countText)]);
    }
  }
  return table.toString();
}
