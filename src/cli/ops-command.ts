import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { addJetstreamBackupCommand } from './ops-jetstream-backup-command.ts';
import { addJetstreamDeadLetterCommand } from './ops-jetstream-dead-letter-command.ts';
import { addJetstreamDeleteCommand } from './ops-jetstream-delete-command.ts';
import { addJetstreamInfoCommand } from './ops-jetstream-info-command.ts';
import { addJetstreamInitCommand } from './ops-jetstream-init-command.ts';
import { addJetstreamPublishTestCommand } from './ops-jetstream-publish-test-command.ts';
import { addJetstreamPurgeCommand } from './ops-jetstream-purge-command.ts';
import { addJetstreamReportCommand } from './ops-jetstream-report-command.ts';
import { addJetstreamRestoreCommand } from './ops-jetstream-restore-command.ts';
import { addJetstreamVerifyCommand } from './ops-jetstream-verify-command.ts';

/** `ops jetstream …`: make the streams, watch them, save them. */
export function addOpsCommand(program: Command, context: CliContext): void {
  const ops = program.command('ops').description('look after the services that Millrace uses');
  const jetstream = ops
    .command('jetstream')
    .description('streams and consumers of NATS: make, check, report, back up, restore');
  addJetstreamInitCommand(jetstream, context);
  addJetstreamVerifyCommand(jetstream, context);
  addJetstreamReportCommand(jetstream, context);
  addJetstreamInfoCommand(jetstream, context);
  addJetstreamPurgeCommand(jetstream, context);
  addJetstreamDeleteCommand(jetstream, context);
  addJetstreamBackupCommand(jetstream, context);
  addJetstreamRestoreCommand(jetstream, context);
  addJetstreamPublishTestCommand(jetstream, context);
  addJetstreamDeadLetterCommand(jetstream, context);
}
