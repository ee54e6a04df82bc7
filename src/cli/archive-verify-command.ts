import type { Command } from 'commander';
import { archiveLocationOf, workerLimitsOf } from '../config/worker-options-of.ts';
import { OperatingError } from '../core/errors.ts';
import { type VerifyReport, verifyArchive } from '../pipelines/verify/verify-archive.ts';
import { ARCHIVE_OPTION, ARCHIVE_OPTION_TEXT, configWithArchive } from './archive-option.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT_HOLES } from './exit-code.ts';
import { parseSlots } from './slots.ts';
import { bytesText, countText } from './units.ts';

interface VerifyFlags {
  readonly archive?: string;
  readonly poh?: boolean;
  readonly json?: boolean;
}

/** Between two lines that say how far it is. */
const PROGRESS_INTERVAL_MS = 3000;
/** Faults and chain starts listed for a person; `--json` has up to a thousand. */
const LISTED_MAX = 20;

/** `archive verify SLOTS`: exit code 0 when all that was read is as it claims to be, 2 when anything is not. */
export function addArchiveVerifyCommand(archive: Command, context: CliContext): void {
  archive
    .command('verify')
    .description('prove CIDs, payload checksums, links and, with --poh, the hash chain')
    .argument('<slots>', 'S:E (slots, inclusive), N (an epoch) or A-B (epochs)')
    .option('--poh', 'follow proof of history too: about a second of work a slot')
    .option(ARCHIVE_OPTION, ARCHIVE_OPTION_TEXT)
    .option('--json', 'print one JSON object')
    .action((slots: string, flags: VerifyFlags) => verify(slots, flags, context));
}

async function verify(slots: string, flags: VerifyFlags, context: CliContext): Promise<void> {
  const range = parseSlots(slots);
  const config = configWithArchive(context.config(), flags.archive);
  let noted = performance.now();
  try {
    const report = await verifyArchive(
      {
        ...{ range, archive: archiveLocationOf(config), limits: workerLimitsOf(config) },
        poh: flags.poh === true,
        onProgress: ({ slots: done, bytes }) => {
          if (performance.now() - noted < PROGRESS_INTERVAL_MS) return;
          noted = performance.now();
          context.note(`${countText(done)} slots verified, ${bytesText(bytes)} read`);
        },
      },
      context.signal,
    );
    if (flags.json === true) context.out(JSON.stringify(report));
    else for (const line of reportLines(report)) context.out(line);
    if (report.faultCount > 0) context.setExitCode(EXIT_HOLES);
  } catch (error) {
    if (!(error instanceof OperatingError) || error.code !== 'ARCHIVE_CORRUPT') throw error;
    context.note(`error: ${error.message}`);
    context.setExitCode(EXIT_HOLES);
  }
}

function reportLines(report: VerifyReport): string[] {
  const { locators, poh, faults, faultCount } = report;
  const located = locators.map(({ epoch, locator }) => `epoch ${epoch} by ${locator}`);
  const lines = [
    `slots         ${countText(report.slots)} read, ${countText(report.slotsSkipped)} not in the archive (${located.join(', ')})`,
    `sections      ${countText(report.sections)} read, ${countText(report.cids)} CIDs right, ${bytesText(report.bytes)}`,
    `DataFrames    ${countText(report.frames)}`,
    `transactions  ${countText(report.transactions)}`,
    `entries       ${countText(report.entries)}`,
  ];
  if (poh !== null) {
    lines.push(
      `history       ${countText(poh.entries)} entries proven by ${countText(poh.hashes)} hashes`,
    );
  }
  lines.push(...chainLines(report), ...report.notes.map((note) => `note: ${note}`));
  for (const { slot, offset, kind, message } of faults.slice(0, LISTED_MAX)) {
    const place = offset < 0 ? '' : ` at offset ${offset}`;
    lines.push(`fault: slot ${slot}${place}, ${kind}: ${message}`);
  }
  if (faultCount > LISTED_MAX)
    lines.push(`… and ${countText(faultCount - LISTED_MAX)} more faults`);
  lines.push(faultCount === 0 ? 'no faults' : `faults: ${countText(faultCount)}`);
  return lines;
}

/**
 * Where the chain begins anew. Without proof of history the first slot of the range says nothing: whatever came
 * before it was not asked for.
 */
function chainLines({ poh, chainStarts, chainStartCount, range }: VerifyReport): string[] {
  const starts = chainStarts.filter(({ parentSlot }) => poh !== null || parentSlot >= range.start);
  const lines = starts.slice(0, LISTED_MAX).map(({ slot, parentSlot }) => {
    const what = poh === null ? 'gap' : 'chain start unverified';
    return `${what}: slot ${slot} follows slot ${parentSlot}, which was not read`;
  });
  const listed = chainStartCount - chainStarts.length + starts.length;
  if (listed > LISTED_MAX) lines.push(`… and ${countText(listed - LISTED_MAX)} more`);
  return lines;
}
