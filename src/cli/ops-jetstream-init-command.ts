import Table from 'cli-table3';
import type { Command } from 'commander';
import type { AppliedChange } from '../sinks/nats/applied-change.ts';
import { applyStreams } from '../sinks/nats/apply-streams.ts';
import { DEFINITIONS_FOLDER, loadStreamDefinitions } from '../sinks/nats/stream-definitions.ts';
import type { CliContext } from './cli-context.ts';
import { type NatsFlags, withNats, withNatsOptions } from './nats-option.ts';

interface InitFlags extends NatsFlags {
  readonly force?: boolean;
  readonly json?: boolean;
}

export function addJetstreamInitCommand(jetstream: Command, context: CliContext): void {
  withNatsOptions(
    jetstream
      .command('init')
      .description('make streams and consumers what ops/jetstream says; may run again at any time')
      .option('--force', 'also where stored messages are dropped or a consumer is made anew')
      .option('--json', 'print one JSON array'),
  ).action((flags: InitFlags) => init(flags, context));
}

async function init(flags: InitFlags, context: CliContext): Promise<void> {
  const definitions = loadStreamDefinitions(
    context.config().jetstreamDefinitions ?? DEFINITIONS_FOLDER,
  );
  const options = { definitions, force: flags.force === true };
  const changes = await withNats(flags, context, (connection) =>
    applyStreams(connection, options, context.signal),
  );
  context.out(flags.json === true ? JSON.stringify(changes) : changesTable(changes));
}

function changesTable(changes: readonly AppliedChange[]): string {
  const table = new Table({
    head: ['stream', 'consumer', '', 'changes'],
    style: { head: [], border: [] },
  });
  for (const { stream, consumer, action, changes: fields } of changes) {
    table.push([stream, consumer ?? '', action, fields.join('\n')]);
  }
  return table.toString();
}
