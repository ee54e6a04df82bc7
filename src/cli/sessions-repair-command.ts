import { join } from 'node:path';
import type { Command } from 'commander';
import { HintLog } from '../../supervisor/jobs/hint-log.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT_COMPLETE } from './exit-code.ts';
import { runSessions } from './run-sessions.ts';
import {
  addSessionsFlags,
  configWithFlags,
  type SessionsFlags,
  sessionsSpec,
} from './sessions-command.ts';

export function addRepairCommand(sessions: Command, context: CliContext): void {
  const command = sessions
    .command('repair')
    .description('replay exactly the slots that earlier runs hinted at (missing_sessions.log)');
  addSessionsFlags(command).action(async (_flags, repair: Command) => {
    // Flags that both commands know are taken by the outer one, wherever they stand.
    const flags: SessionsFlags = repair.optsWithGlobals();
    const config = configWithFlags(context.config(), flags);
    const hints = new HintLog(join(config.dataDir, 'missing_sessions.log')).read();
    if (hints.length === 0) {
      context.note('nothing to repair: missing_sessions.log holds no hints');
      context.setExitCode(EXIT_COMPLETE);
      return;
    }
    const specs = hints.map(({ session, range, totalMissing }) => {
      const slots = `${range.start}:${range.end - 1}`;
      context.note(`repairing ${session}: ${totalMissing} chunks, slots ${slots}`);
      return sessionsSpec({ targets: [session], range, follow: null }, flags, config);
    });
    const options = { fresh: flags.fresh ?? false, json: flags.json ?? false };
    await runSessions(specs, options, { context, config });
  });
}
