import { type Command, Option } from 'commander';
import type { Config } from '../config/config.ts';
import { archiveLocationOf } from '../config/worker-options-of.ts';
import type { SwapsJobSpec, SwapsSinkChoice } from '../model/job.ts';
import type { CliContext } from './cli-context.ts';
import { wantedSlots } from './follow-option.ts';
import { addSwapsDecodeCommand } from './swaps-decode-command.ts';
import { swapsReportText } from './swaps-report-text.ts';
import {
  addTableJobOptions,
  runTableJob,
  type TableJobFlags,
  tableJobConfig,
} from './table-job.ts';

/** Flags as commander hands them over. */
interface SwapsFlags extends TableJobFlags {
  readonly sink: SwapsSinkChoice;
  readonly generic?: boolean;
}

/** `swaps …`: what was traded on Solana's exchanges. */
export function addSwapsCommand(program: Command, context: CliContext): void {
  // Flags behind `decode` are its own, though some have the same names; the program has to leave them to it.
  const swaps = addTableJobOptions(program.enablePositionalOptions().command('swaps'))
    .description('decode the swaps on Solana exchanges, over NATS JetStream into ClickHouse')
    .addOption(
      new Option(
        '--sink <way>',
        'nats: publish to dex.sol.swaps, from where ClickHouse is filled; clickhouse: write rows straight to it',
      )
        .choices(['nats', 'clickhouse'])
        .default('nats'),
    )
    .option('--generic', 'also swaps of unknown programs, recognised by their transfers alone')
    .action(async (slots: string | undefined, flags: SwapsFlags) => {
      const config = tableJobConfig(flags, context);
      const spec = swapsSpec(slots, flags, config);
      const need = spec.sink === 'nats' ? 'all' : 'candles';
      await runTableJob({ spec, flags, need, text: swapsReportText }, config, context);
    });
  addSwapsDecodeCommand(swaps, context);
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
