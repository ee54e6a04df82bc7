import type { Command } from 'commander';
import { restoreStream } from '../sinks/nats/restore-stream.ts';
import type { CliContext } from './cli-context.ts';
import { type NatsFlags, withNats, withNatsOptions } from './nats-option.ts';
import { countText } from './units.ts';

interface RestoreFlags extends NatsFlags {
  readonly overwrite?: boolean;
}

export function addJetstreamRestoreCommand(jetstream: Command, context: CliContext): void {
  withNatsOptions(
    jetstream
      .command('restore')
      .description('bring the messages of a backup back; it is checked as a whole first')
      .argument('<folder>', 'folder that backup wrote')
      .option('--overwrite', 'also where the stream holds messages; they are gone then'),
  ).action(async (folder: string, flags: RestoreFlags) => {
    const options = { folder, overwrite: flags.overwrite === true };
    const result = await withNats(flags, context, (connection) =>
      restoreStream(connection, options, context.signal),
    );
    const consumers = result.consumers.join(', ') || 'none';
    context.out(
      `restored ${countText(result.messages)} messages of stream ${result.stream}; consumers: ${consumers}`,
    );
  });
}
