import type { Command } from 'commander';
import { addArchiveInspectCommand } from './archive-inspect-command.ts';
import { addArchivePackCommand } from './archive-pack-command.ts';
import { addArchiveVerifyCommand } from './archive-verify-command.ts';
import type { CliContext } from './cli-context.ts';

/** `archive …`: look into archive files, prove them, write them. */
export function addArchiveCommand(program: Command, context: CliContext): void {
  const archive = program
    .command('archive')
    .description('look into archive files, prove what they say, and write them');
  addArchiveInspectCommand(archive, context);
  addArchiveVerifyCommand(archive, context);
  addArchivePackCommand(archive, context);
}
