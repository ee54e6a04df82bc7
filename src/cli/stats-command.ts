import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Config, withOverrides } from '../config/config.ts';
import { archiveLocationOf } from '../config/worker-options-of.ts';
import type { StatsJobSpec } from '../model/job.ts';
import type { StatsVariants } from '../model/ledger-stats.ts';
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
import { statsReportText } from './stats-report-text.ts';

/** Flags as commander hands them over. */
interface StatsFlags {
  readonly with: StatsVariants;
  readonly follow?: boolean;
  readonly rpcUrl?: string;
  readonly archive?: string;
  readonly verify?: VerifyLevel;
  readonly fresh?: boolean;
  readonly json?: boolean;
}

export function addStatsCommand(program: Command, context: CliContext): void {
  program
    .command('stats')
    .description('count instructions, programs and keys slot by slot, into ClickHouse')
    .argument('[slots]', 'S:E (slots, inclusive), N (an epoch) or A-B (epochs); S: with --follow')
    .option(
      '--with <variant>',
      'count into a table of its own, too: inner (programs that inner instructions call), loaded (keys from lookup tables); may be repeated',
      withVariant,
      { inner: false, loaded: false },
    )
    .option(ARCHIVE_OPTION, ARCHIVE_OPTION_TEXT)
    .option(FOLLOW_OPTION, FOLLOW_OPTION_TEXT)
    .option(RPC_OPTION, RPC_OPTION_TEXT)
    .addOption(
      new Option('--verify <level>', 'which CIDs are checked').choices(['all', 'used', 'none']),
    )
    .option('--fresh', 'start the job over')
    .option('--json', 'print the report as one JSON object')
    .action(async (slots: string | undefined, flags: StatsFlags) => {
      const settings = configWithArchive(context.config(), flags.archive);
      const config = withOverrides(settings, { verify: flags.verify, rpcUrl: flags.rpcUrl });
      await runStats(statsSpec(slots, flags, config), flags, { context, config });
    });
}

async function runStats(
  spec: StatsJobSpec,
  { fresh = false, json = false }: StatsFlags,
  { context, config }: { readonly context: CliContext; readonly config: Config },
): Promise<void> {
  const client = await openJobClient(config, 'clickhouse', context);
  try {
    const report = await runOnScreen(spec, fresh, { client, context });
    context.out(json ? JSON.stringify(report) : statsReportText(report));
    context.setExitCode(report.state === 'complete' ? EXIT_COMPLETE : EXIT_HOLES);
  } finally {
    await client.close();
  }
}

/** @throws {OperatingError} USAGE for slots that are none. */
function statsSpec(slots: string | undefined, flags: StatsFlags, config: Config): StatsJobSpec {
  return {
    kind: 'stats',
    ...wantedSlots(slots, flags.follow ?? false, config),
    archive: archiveLocationOf(config),
    variants: flags.with,
    verify: config.verify,
  };
}

function withVariant(text: string, before: StatsVariants): StatsVariants {
  const wanted = { ...before };
  for (const word of text.split(',')) {
    if (word !== 'inner' && word !== 'loaded') {
      throw new InvalidArgumentError(`Expected inner or loaded, received "${word}".`);
    }
    wanted[word] = true;
  }
  return wanted;
}
