import Table from 'cli-table3';
import type { Command } from 'commander';
import { archiveLocationOf, workerLimitsOf } from '../config/worker-options-of.ts';
import type { PlannedShard, PlanResult } from '../model/worker-task.ts';
import { runPlan } from '../pipelines/plan.ts';
import { ARCHIVE_OPTION, ARCHIVE_OPTION_TEXT, configWithArchive } from './archive-option.ts';
import type { CliContext } from './cli-context.ts';
import { parseSlots } from './slots.ts';
import { bytesText, countText } from './units.ts';

/** Shards listed for a person; `--json` has all of them. */
const SHARDS_SHOWN_MAX = 12;

interface PlanFlags {
  readonly archive?: string;
  readonly json?: boolean;
}

/** `plan SLOTS`: what a run would read, without reading it. */
export function addPlanCommand(program: Command, context: CliContext): void {
  program
    .command('plan')
    .description('what a run over these slots would fetch')
    .argument('<slots>', 'S:E (slots, inclusive), N (an epoch) or A-B (epochs)')
    .option(ARCHIVE_OPTION, ARCHIVE_OPTION_TEXT)
    .option('--json', 'print one JSON object')
    .action((slots: string, flags: PlanFlags) => plan(slots, flags, context));
}

async function plan(slots: string, flags: PlanFlags, context: CliContext): Promise<void> {
  const range = parseSlots(slots);
  const config = configWithArchive(context.config(), flags.archive);
  const { type, ...planned } = await runPlan(
    {
      type: 'plan',
      archive: archiveLocationOf(config),
      range,
      shardBytesTarget: config.shardBytes,
      shardSlotsMax: config.shardSlots,
      limits: workerLimitsOf(config),
    },
    context.signal,
  );
  if (flags.json === true) context.out(JSON.stringify({ type, range, ...planned }));
  else for (const line of planLines(planned)) context.out(line);
}

function planLines(planned: Omit<PlanResult, 'type'>): string[] {
  const { shards, locators, notes } = planned;
  const located = locators.map(({ epoch, locator }) => `epoch ${epoch} by ${locator}`);
  return [
    `slots present  ${countText(planned.slotsPresent)}`,
    `slots skipped  ${countText(planned.slotsSkipped)}`,
    `to read        ${sizeText(planned.bytes)}`,
    `located        ${located.join(', ')}`,
    `shards         ${countText(shards.length)}`,
    ...(shards.length > 0 ? [shardTable(shards.slice(0, SHARDS_SHOWN_MAX))] : []),
    ...(shards.length > SHARDS_SHOWN_MAX
      ? [`… and ${countText(shards.length - SHARDS_SHOWN_MAX)} more; --json lists all`]
      : []),
    ...notes.map((note) => `note: ${note}`),
  ];
}

function shardTable(shards: readonly PlannedShard[]): string {
  const table = new Table({
    head: ['slots', 'present', 'bytes'],
    style: { head: [], border: [] },
  });
  for (const { range, slotsPresent, bytes } of shards) {
    table.push([`${range.start}:${range.end - 1}`, countText(slotsPresent), sizeText(bytes)]);
  }
  return table.toString();
}

function sizeText(bytes: number): string {
  return bytes < 0 ? 'unknown' : bytesText(bytes);
}
