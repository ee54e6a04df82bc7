import type { Command } from 'commander';
import { backupStream } from '../sinks/nats/backup-stream.ts';
import type { CliContext } from './cli-context.ts';
import { type NatsFlags, withNats, withNatsOptions } from './nats-option.ts';
import { bytesText, countText } from './units.ts';

export function addJetstreamBackupCommand(jetstream: Command, context: CliContext): void {
  withNatsOptions(
    jetstream
      .command('backup')
      .description('write settings, consumers and messages of a stream into a new folder')
      .argument('<stream>', 'name of the stream')
      .argument('<folder>', 'folder that is empty or not there yet'),
  ).action(async (stream: string, folder: string, flags: NatsFlags) => {
    const result = await withNats(flags, context, (connection) =>
      backupStream(connection, { stream, folder }, context.signal),
    );
    const { messages, bytes, sha256 } = result;
    context.out(
      `backed up ${countText(messages)} messages of stream ${stream} (${bytesText(bytes)}) into ${folder}, SHA-256 ${sha256}`,
    );
  });
}
