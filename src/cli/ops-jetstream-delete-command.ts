import type { Command } from 'commander';
import { deleteStream, streamInfo } from '../sinks/nats/one-stream.ts';
import type { CliContext } from './cli-context.ts';
import { confirm } from './confirm.ts';
import { type NatsFlags, withNats, withNatsOptions } from './nats-option.ts';
import { countText } from './units.ts';

interface DeleteFlags extends NatsFlags {
  readonly yes?: boolean;
}

export function addJetstreamDeleteCommand(jetstream: Command, context: CliContext): void {
  withNatsOptions(
    jetstream
      .command('delete')
      .description('take a stream away with its messages and consumers; asks first')
      .argument('<stream>', 'name of the stream')
      .option('--yes', 'do not ask'),
  ).action((stream: string, flags: DeleteFlags) =>
    withNats(flags, context, async (connection) => {
      const { info, consumers } = await streamInfo(connection, stream);
      const { messages } = info.state;
      const question = `deleting stream ${stream} with ${countText(messages)} messages and ${consumers.length} consumers for good`;
      await confirm(question, flags.yes === true, context);
      await deleteStream(connection, stream);
      context.out(`deleted stream ${stream}`);
    }),
  );
}
