import type { Command } from 'commander';
import { streamInfo } from '../sinks/nats/one-stream.ts';
import type { CliContext } from './cli-context.ts';
import { type NatsFlags, withNats, withNatsOptions } from './nats-option.ts';

export function addJetstreamInfoCommand(jetstream: Command, context: CliContext): void {
  withNatsOptions(
    jetstream
      .command('info')
      .description('all that the server tells of one stream and its consumers, as JSON')
      .argument('<stream>', 'name of the stream'),
  ).action(async (stream: string, flags: NatsFlags) => {
    const state = await withNats(flags, context, (connection) => streamInfo(connection, stream));
    context.out(JSON.stringify({ ...state.info, consumers: state.consumers }, null, 2));
  });
}
