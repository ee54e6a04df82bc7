import type { NatsConnection } from '@nats-io/transport-node';
import { type Command, Option } from 'commander';
import { withOverrides } from '../config/config.ts';
import { natsLinkOf } from '../config/nats-link-of.ts';
import { connectNats } from '../sinks/nats/connect-nats.ts';
import type { CliContext } from './cli-context.ts';

/** Flags that say which NATS is meant. */
export interface NatsFlags {
  readonly server?: string;
  readonly creds?: string;
}

/** Adds `--server` and `--creds` to a command. */
export function withNatsOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--server <urls>',
        'NATS, as nats://host:4222; default: NATS_URL, else the local one',
      ),
    )
    .addOption(new Option('--creds <file>', 'credentials file; default: NATS_CREDS'));
}

/** Runs `work` with a connection to the NATS that flags and settings name, and closes it. */
export async function withNats<T>(
  flags: NatsFlags,
  context: CliContext,
  work: (connection: NatsConnection) => Promise<T>,
): Promise<T> {
  const config = withOverrides(context.config(), { natsCreds: flags.creds });
  const url = flags.server ?? config.natsUrl ?? `nats://127.0.0.1:${config.natsPort}`;
  const connection = await connectNats(natsLinkOf(config, url), context.signal);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
