import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { jobsTable, requireSupervisor } from './status-command.ts';

export function addJobsCommand(program: Command, context: CliContext): void {
  const command = program
    .command('jobs')
    .description('jobs of the running supervisor, newest first')
    .option('--json', 'print what the API says')
    .action(async (flags: { json?: boolean }) => {
      const remote = await requireSupervisor(context);
      const reply = await remote.get('/api/v1/jobs', context.signal);
      const { jobs } = reply as { jobs: Parameters<typeof jobsTable>[0] };
      context.out(flags.json === true ? JSON.stringify(jobs) : jobsTable(jobs));
    });
  command
    .command('retry')
    .description('try a job’s quarantined slots and dead deliveries again')
    .argument('<id>', 'job id')
    .action((id: string) => post(id, 'retry', context));
  command
    .command('cancel')
    .description('stop a running job between two slots')
    .argument('<id>', 'job id')
    .action((id: string) => post(id, 'cancel', context));
}

async function post(id: string, verb: 'retry' | 'cancel', context: CliContext): Promise<void> {
  const remote = await requireSupervisor(context);
  const path = `/api/v1/jobs/${encodeURIComponent(id)}/${verb}`;
  context.out(JSON.stringify(await remote.post(path, {}, context.signal)));
}
