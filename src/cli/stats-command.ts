import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config/config.ts';
import { archiveLocationOf } from '../config/worker-options-of.ts';
import type { StatsJobSpec } from '../model/job.ts';
import type { StatsVariants } from '../model/ledger-stats.ts';
import type { CliContext } from './cli-context.ts';
import { wantedSlots } from './follow-option.ts';
import { statsReportText } from './stats-report-text.ts';
import {
  addTableJobOptions,
  runTableJob,
  type TableJobFlags,
  tableJobConfig,
} from './table-job.ts';

/** Flags as commander hands them over. */
interface StatsFlags extends TableJobFlags {
  readonly with: StatsVariants;
}

export function addStatsCommand(program: Command, context: CliContext): void {
  addTableJobOptions(program.command('stats'))
    .description('count instructions, programs and keys slot by slot, into ClickHouse')
    .option(
      '--with <variant>',
      'count into a table of its own, too: inner (programs that inner instructions call), loaded (keys from lookup tables); may be repeated',
      withVariant,
      { inner: false, loaded: false },
    )
    .action(async (slots: string | undefined, flags: StatsFlags) => {
      const config = tableJobConfig(flags, context);
      const spec = statsSpec(slots, flags, config);
      await runTableJob(
        { spec, flags, need: 'clickhouse', text: statsReportText },
        config,
        context,
      );
    });
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
