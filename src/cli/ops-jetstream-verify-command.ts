import Table from 'cli-table3';
import type { Command } from 'commander';
import type { ConfigDifference } from '../sinks/nats/config-difference.ts';
import { DEFINITIONS_FOLDER, loadStreamDefinitions } from '../sinks/nats/stream-definitions.ts';
import { verifyStreams } from '../sinks/nats/verify-streams.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT_HOLES } from './exit-code.ts';
import { type NatsFlags, withNats, withNatsOptions } from './nats-option.ts';

interface VerifyFlags extends NatsFlags {
  readonly json?: boolean;
}

/** `verify`: exit code 0 when the server is as the definitions say, 2 when anything differs. */
export function addJetstreamVerifyCommand(jetstream: Command, context: CliContext): void {
  withNatsOptions(
    jetstream
      .command('verify')
      .description('compare the server with ops/jetstream; ends with 2 where they differ')
      .option('--json', 'print one JSON array'),
  ).action((flags: VerifyFlags) => verify(flags, context));
}

async function verify(flags: VerifyFlags, context: CliContext): Promise<void> {
  const definitions = loadStreamDefinitions(
    context.config().jetstreamDefinitions ?? DEFINITIONS_FOLDER,
  );
  const differences = await withNats(flags, context, (connection) =>
    verifyStreams(connection, definitions, context.signal),
  );
  if (flags.json === true) context.out(JSON.stringify(differences));
  else context.out(differencesText(differences, definitions.length));
  if (differences.length > 0) context.setExitCode(EXIT_HOLES);
}

function differencesText(differences: readonly ConfigDifference[], streams: number): string {
  if (differences.length === 0) return `all ${streams} streams and their consumers are as defined`;
  const table = new Table({
    head: ['stream', 'consumer', 'field', 'expected', 'received'],
    style: { head: [], border: [] },
  });
  for (const { stream, consumer, field, expected, received } of differences) {
    table.push([stream, consumer ?? '', field, expected, received]);
  }
  return `${table.toString()}\n"npx millrace ops jetstream init" brings them back to what ops/jetstream says`;
}
