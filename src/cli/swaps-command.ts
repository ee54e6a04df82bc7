import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { addSwapsDecodeCommand } from './swaps-decode-command.ts';

/** `swaps …`: what was traded on Solana's exchanges. */
export function addSwapsCommand(program: Command, context: CliContext): Command {
  const swaps = program.command('swaps').description('swaps on Solana exchanges');
  addSwapsDecodeCommand(swaps, context);
  return swaps;
}
