import type { Command } from 'commander';
import { startMillrace } from '../../supervisor/start-millrace.ts';
import { apiAddressOf } from '../config/api-address.ts';
import { errorText } from '../core/errors.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT_USAGE } from './exit-code.ts';
import { openCliLogger } from './open-cli-logger.ts';

export function addUpCommand(program: Command, context: CliContext): void {
  program
    .command('up')
    .description('run the supervisor tree in the foreground (what pm2 starts)')
    .action(() => up(context));
}

/** Runs until a signal, or until a child cannot be kept running; the latter ends with a non-zero code. */
async function up(context: CliContext): Promise<void> {
  const config = context.config();
  const logger = openCliLogger(config, 'info');
  const options = { config, logger, need: 'all', resumeJobs: true, onEvent: () => {} } as const;
  const millrace = await startMillrace(options, context.signal);
  logger.info({ port: config.apiPort }, `ready: ${apiAddressOf(config)}/ping`);
  // pm2 waits for this word (wait_ready); without pm2 there is no channel to send it on.
  process.send?.('ready');
  const stopAsked = new Promise<'asked'>((resolve) => {
    context.signal.addEventListener('abort', () => resolve('asked'), { once: true });
    if (context.signal.aborted) resolve('asked');
  });
  const end = await Promise.race([stopAsked, millrace.exited]);
  if (end !== 'asked') {
    const why = end.reason === 'failed' ? errorText(end.error) : 'its children have';
    logger.fatal(`the supervisor has ended: ${why}`);
    context.setExitCode(EXIT_USAGE);
  }
  await millrace.stop(context.atOnce);
  logger.info('stopped in order');
}
