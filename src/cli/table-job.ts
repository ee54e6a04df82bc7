import { type Command, Option } from 'commander';
import type { ServiceNeed } from '../../supervisor/choose-services.ts';
import { type Config, withOverrides } from '../config/config.ts';
import type { JobReport, JobReportOf, StatsJobSpec, SwapsJobSpec } from '../model/job.ts';
import type { VerifyLevel } from '../model/worker-task.ts';
import { ARCHIVE_OPTION, ARCHIVE_OPTION_TEXT, configWithArchive } from './archive-option.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT_COMPLETE, EXIT_HOLES } from './exit-code.ts';
import { FOLLOW_OPTION, FOLLOW_OPTION_TEXT, RPC_OPTION, RPC_OPTION_TEXT } from './follow-option.ts';
import { openJobClient } from './open-job-client.ts';
import { runOnScreen } from './run-on-screen.ts';

/** What commands have in common that fill tables from a range of slots or from the growing chain. */

/** Flags as commander hands them over. */
export interface TableJobFlags {
  readonly follow?: boolean;
  readonly rpcUrl?: string;
  readonly archive?: string;
  readonly verify?: VerifyLevel;
  readonly fresh?: boolean;
  readonly json?: boolean;
}

export function addTableJobOptions(command: Command): Command {
  return command
    .argument('[slots]', 'S:E (slots, inclusive), N (an epoch) or A-B (epochs); S: with --follow')
    .option(ARCHIVE_OPTION, ARCHIVE_OPTION_TEXT)
    .option(FOLLOW_OPTION, FOLLOW_OPTION_TEXT)
    .option(RPC_OPTION, RPC_OPTION_TEXT)
    .addOption(
      new Option('--verify <level>', 'which CIDs are checked').choices(['all', 'used', 'none']),
    )
    .option('--fresh', 'start the job over')
    .option('--json', 'print the report as one JSON object');
}

/** The settings with what the flags say. */
export function tableJobConfig(flags: TableJobFlags, context: CliContext): Config {
  const settings = configWithArchive(context.config(), flags.archive);
  return withOverrides(settings, { verify: flags.verify, rpcUrl: flags.rpcUrl });
}

export interface TableJob<S extends StatsJobSpec | SwapsJobSpec> {
  readonly spec: S;
  readonly flags: TableJobFlags;
  readonly need: ServiceNeed;
  /** The report for a person. */
  readonly text: (report: JobReportOf<S>) => string;
}

/** Runs the job, prints its report and sets the exit code. */
export async function runTableJob<S extends StatsJobSpec | SwapsJobSpec>(
  { spec, flags, need, text }: TableJob<S>,
  config: Config,
  context: CliContext,
): Promise<void> {
  const client = await openJobClient(config, need, context);
  try {
    const report = await runOnScreen(spec, flags.fresh ?? false, { client, context });
    context.out(flags.json === true ? JSON.stringify(report) : text(report));
    const { state }: JobReport = report;
    context.setExitCode(state === 'complete' ? EXIT_COMPLETE : EXIT_HOLES);
  } finally {
    await client.close();
  }
}
