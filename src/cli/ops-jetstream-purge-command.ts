import type { Command } from 'commander';
import { purgeStream, streamInfo } from '../sinks/nats/one-stream.ts';
import type { CliContext } from './cli-context.ts';
import { confirm } from './confirm.ts';
import { type NatsFlags, withNats, withNatsOptions } from './nats-option.ts';
import { countText } from './units.ts';

interface PurgeFlags extends NatsFlags {
  readonly yes?: boolean;
}

export function addJetstreamPurgeCommand(jetstream: Command, context: CliContext): void {
  withNatsOptions(
    jetstream
      .command('purge')
      .description('drop all messages of a stream; asks first')
      .argument('<stream>', 'name of the stream')
      .option('--yes', 'do not ask'),
  ).action((stream: string, flags: PurgeFlags) =>
    withNats(flags, context, async (connection) => {
      const { messages } = (await streamInfo(connection, stream)).info.state;
      const question = `dropping ${countText(messages)} messages of stream ${stream} for good`;
      await confirm(question, flags.yes === true, context);
      const purged = await purgeStream(connection, stream);
      context.out(`dropped ${countText(purged)} messages of stream ${stream}`);
    }),
  );
}
