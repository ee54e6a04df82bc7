import { type Command, Option } from 'commander';
import { type Config, withOverrides } from '../config/config.ts';
import { archiveLocationOf } from '../config/worker-options-of.ts';
import type { SwapsJobSpec, SwapsSinkChoice } from '../model/job.ts';
import type { VerifyLevel } from '../model/worker-task.ts';
import { ARCHIVE_OPTION, ARCHIVE_OPTION_TEXT, configWithArchive } from './archive-option.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT_COMPLETE, EXIT_HOLES } from './exit-code.ts';
import {
  FOLLOW_OPTION,
  FOLLOW_OPTION_TEXT,
  RPC_OPTION,
  RPC_OPTION_TEXT,
  wantedSlots,
} from './follow-option.ts';
import { openJobClient } from './open-job-client.ts';
import { runOnScreen } from './run-on-screen.ts';
import { addSwapsDecodeCommand } from './swaps-decode-command.ts';
import { swapsReportText } from './swaps-report-text.ts';

/** Flags as commander hands them over. */
interface SwapsFlags {
  readonly sink: SwapsSinkChoice;
  readonly generic?: boolean;
  readonly follow?: boolean;
  readonly rpcUrl?: string;
  readonly archive?: string;
  readonly verify?: VerifyLevel;
  readonly fresh?: boolean;
  readonly json?: boolean;
}

/** `swaps …`: what was traded on Solana's exchanges. */
export function addSwapsCommand(program: Command, context: CliContext): void {
  // Flags behind `decode` are its own, though some have the same names; the program has to leave them to it.
  const swaps = program
    .enablePositionalOptions()
    .command('swaps')
    .description('decode the swaps on Solana exchanges, over NATS JetStream into ClickHouse')
    .argument('[slots]', 'S:E (slots, inclusive), N (an epoch) or A-B (epochs); S: with --follow')
    .addOption(
      new Option(
        '--sink <way>',
        'nats: publish to dex.sol.swaps, from where ClickHouse is filled; clickhouse: write rows straight to it',
      )
        .choices(['nats', 'clickhouse'])
        .default('nats'),
    )
    .option('--generic', 'also swaps of unknown programs, recognised by their transfers alone')
    .option(ARCHIVE_OPTION, ARCHIVE_OPTION_TEXT)
    .option(FOLLOW_OPTION, FOLLOW_OPTION_TEXT)
    .option(RPC_OPTION, RPC_OPTION_TEXT)
    .addOption(
      new Option('--verify <level>', 'which CIDs are checked').choices(['all', 'used', 'none']),
    )
    .option('--fresh', 'start the job over')
    .option('--json', 'print the report as one JSON object')
    .action(async (slots: string | undefined, flags: SwapsFlags) => {
      const settings = configWithArchive(context.config(), flags.archive);
      const config = withOverrides(settings, { verify: flags.verify, rpcUrl: flags.rpcUrl });
      await runSwaps(swapsSpec(slots, flags, config), flags, { context, config });
    });
  addSwapsDecodeCommand(swaps, context);
}

async function runSwaps(
  spec: SwapsJobSpec,
  { fresh = false, json = false }: SwapsFlags,
  { context, config }: { readonly context: CliContext; readonly config: Config },
): Promise<void> {
  const need = spec.sink === 'nats' ? 'all' : 'candles';
  const client = await openJobClient(config, need, context);
  try {
    const report = await runOnScreen(spec, fresh, { client, context });
    context.out(json ? JSON.stringify(report) : swapsReportText(report));
    context.setExitCode(report.state === 'complete' ? EXIT_COMPLETE : EXIT_HOLES);
  } finally {
    await client.close();
  }
}

/** @throws {OperatingError} USAGE for slots that are none. */
function swapsSpec(slots: string | undefined, flags: SwapsFlags, config: Config): SwapsJobSpec {
  return {
    kind: 'swaps',
    ...wantedSlots(slots, flags.follow ?? false, config),
    archive: archiveLocationOf(config),
    sink: flags.sink,
    generic: flags.generic ?? false,
    verify: config.verify,
  };
}
